"""The appeal of a charge that a reviewer upheld (casework, section 6): its rules are `ombud_words.appeals`.

The charge waits as APPEALED, which no payout takes. It is upheld for good, or reversed, or another charge of a lower amount
takes its place. Nobody appeals twice: what became of the appeal holds.
"""

from billing.charges.domain.commands import AppealUpholding, DecideAppeal
from billing.charges.domain.events import ChargeAppealDecided, ChargeAppealed
from billing.charges.domain.state import Charge, Status
from billing.refusals import AmendmentNotLower, ChargeNotPosted
from ombud_words import Appeal, AppealOutcome, NothingToAppeal, StaffId, appeals

_UPHELD = (Status.UPHELD, Status.APPEALED, Status.SETTLED)
"""Where a charge is that was upheld and is charged; a payout may have taken it since."""


def appeal(state: Charge, c: AppealUpholding) -> list[ChargeAppealed]:
    """Return what an appeal leads to; nothing for a repeat of one that waits. Raises an AppealRefused."""
    if state.upheld_at is None or state.appeal_until is None or state.status not in _UPHELD:
        raise NothingToAppeal("Nobody upheld this charge, or it is charged no more; you appeal what was upheld.")
    asked = Appeal(id=c.appeal_id, by=c.by, grounds=c.grounds, at=c.at)
    new = appeals.is_new(asked, state.appeals, since=state.upheld_at, until=state.appeal_until)
    return [ChargeAppealed(asked)] if new else []


def decided(state: Charge, c: DecideAppeal) -> ChargeAppealDecided:
    """Return what becomes of the appeal that waits. Raises an AppealRefused, ChargeNotPosted, AmendmentNotLower."""
    appeals.to_decide(state.appeals, c.reviewer_id, (*c.judges, *_deciders(state)))
    if c.outcome == AppealOutcome.AMENDED:
        assert c.anew is not None, "an amendment names what takes the place of the charge"
        if state.entry is None or state.status != Status.APPEALED:
            raise ChargeNotPosted("The refund that this charge recovers is not paid; amend the charge when it is.")
        if c.anew.net_minor >= state.terms.net_minor:
            raise AmendmentNotLower(state.terms.net_minor)
    return ChargeAppealDecided(
        outcome=c.outcome,
        reasons=c.reasons,
        reviewer_id=c.reviewer_id,
        at=c.at,
        replaced_by=c.anew.charge_id if c.anew is not None else None,
    )


def _deciders(state: Charge) -> tuple[StaffId, ...]:
    terms = state.terms
    people = (terms.decided_by, terms.proposed_by, state.approved_by, *state.approved_before, state.reviewed_by)
    return tuple(who for who in people if who is not None)
