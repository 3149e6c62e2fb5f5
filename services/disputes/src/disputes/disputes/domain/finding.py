"""What a decision may find about a side: only what its outcome bears out, and what more than the claim itself shows (R-45)."""

from disputes.disputes.domain.commands import Decide, Found
from disputes.disputes.domain.state import Dispute
from disputes.refusals import (
    AboveAuthority,
    FindingAgainstOutcome,
    FindingNotOfThisDispute,
    FindingWithoutProof,
    UnknownFact,
)
from disputes.remedies.domain import refund_of
from ombud_words import FindingKind, Reason, Remedy, Role

_BUYERS_OWN = frozenset(Role) - {Role.SELLER, Role.SYSTEM}
"""Who opens a dispute with what the buyer says; a seller claims for itself, and the system by a fact."""
_AS_BOUGHT = "listing_snapshot"


def expect_found_rightly(state: Dispute, c: Decide, found: Found) -> None:
    """Refuse a finding that the decision does not bear out. Raises FindingNotOfThisDispute, FindingAgainstOutcome,
    FindingWithoutProof, UnknownFact or AboveAuthority."""
    if not set(found.facts) <= set(c.facts):
        raise UnknownFact("a finding rests on facts that its decision names")
    if state.opened.opened_by not in _BUYERS_OWN:
        raise FindingNotOfThisDispute("The claim is not the buyer's own; nothing is found about a side by it.")
    match found.kind:
        case FindingKind.CLAIM_KNOWINGLY_UNFOUNDED:
            _expect_knowingly_unfounded(state, c, found)
        case FindingKind.DESCRIPTION_FALSE:
            _expect_false_description(state, c, found)


def _expect_knowingly_unfounded(state: Dispute, c: Decide, found: Found) -> None:
    if c.remedy != Remedy.NONE:
        raise FindingAgainstOutcome("A claim that gives the buyer something was not unfounded.")
    if not _evidence_beside_the_word_of(Role.SELLER, state, found):
        raise FindingWithoutProof("Name evidence that shows what the buyer knew, and not what the seller says alone.")
    opened = state.opened
    claimed = refund_of(opened.claimed_remedy, opened.claimed_minor, opened.money, opened.money.paid_minor)
    limit = c.rules.decides_up_to_minor
    if limit is not None and claimed > limit:
        raise AboveAuthority(limit)


def _expect_false_description(state: Dispute, c: Decide, found: Found) -> None:
    if state.opened.reason != Reason.NOT_AS_DESCRIBED:
        raise FindingNotOfThisDispute("The dispute is not about how the goods were described.")
    if c.remedy in (Remedy.NONE, Remedy.GOODWILL):
        raise FindingAgainstOutcome("A description is not found false by a decision that refuses the claim.")
    shown = set(state.shown) & set(found.facts)
    if _AS_BOUGHT not in found.facts or not (shown or _evidence_beside_the_word_of(Role.BUYER, state, found)):
        raise FindingWithoutProof(
            "Name `listing_snapshot`, which says what was described, and what shows otherwise beside what the buyer says."
        )


def _evidence_beside_the_word_of(other_side: Role, state: Dispute, found: Found) -> bool:
    """Whether a finding rests on evidence that is more than what the side says that is not found against."""
    return any(e.evidence_id in found.facts and not (e.stated and e.by == other_side) for e in state.evidence)
