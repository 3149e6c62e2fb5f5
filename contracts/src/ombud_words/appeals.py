"""Appeals: a party asks that a decision be looked at again, by somebody who did not make it (casework, section 6).

One pattern for every kind of decision: filed, then INADMISSIBLE, UPHELD, AMENDED or REVERSED. Each side appeals a decision
once, in its time; one appeal at a time waits for its decision.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ombud_words.ids import AppealId, PersonId
from ombud_words.roles import Role


class AppealOutcome(StrEnum):
    """What becomes of an appeal."""

    INADMISSIBLE = "INADMISSIBLE"
    """It says nothing that a decision could rest on."""
    UPHELD = "UPHELD"
    """The decision stands."""
    AMENDED = "AMENDED"
    """Another decision takes its place."""
    REVERSED = "REVERSED"
    """It counts as if it had not been (S-3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    id: AppealId
    by: Role
    """The side that appeals."""
    grounds: tuple[str, ...]
    """Codes of what is wrong with the decision."""
    at: datetime
    outcome: AppealOutcome | None = None
    """None while it waits."""
    reasons: tuple[str, ...] = ()
    """Codes of why it was decided so."""
    decided_at: datetime | None = None


class AppealRefused(Exception):
    """An appeal against its rules."""

    facts: dict[str, object] = {}  # noqa: RUF012 - replaced, never changed


class NothingToAppeal(AppealRefused):
    """There is no decision that stands and could be looked at again."""


class AppealTooLate(AppealRefused):
    """The time to appeal the decision has passed."""

    def __init__(self, until: datetime) -> None:
        super().__init__("The time to appeal this decision has passed.")
        self.facts = {"appeal_until": until.isoformat()}


class AppealedBefore(AppealRefused):
    """Each side appeals a decision once."""


class AppealWaits(AppealRefused):
    """The appeal of the other side waits for its decision."""


class NothingAppealed(AppealRefused):
    """No appeal waits for a decision."""


class OwnReview(AppealRefused):
    """Whoever decided does not judge the appeal (S-4)."""


def waiting(appeals: Sequence[Appeal]) -> Appeal | None:
    """Return the appeal that waits for its decision."""
    return next((appeal for appeal in appeals if appeal.outcome is None), None)


def is_new(appeal: Appeal, appeals: Sequence[Appeal], *, since: datetime, until: datetime) -> bool:
    """Tell whether an appeal of a decision made at `since` is to be kept; a repeat of one that waits is not.

    Raises AppealTooLate, AppealedBefore or AppealWaits.
    """
    waits = waiting(appeals)
    if waits is not None and waits.by == appeal.by:
        return False
    if appeal.at > until:
        raise AppealTooLate(until)
    if any(earlier.by == appeal.by and earlier.at >= since for earlier in appeals):
        raise AppealedBefore("You appealed this decision before, and it was decided.")
    if waits is not None:
        raise AppealWaits("The other side appealed. Appeal again when that is decided; your evidence is read with it.")
    return True


def to_decide(appeals: Sequence[Appeal], reviewer: PersonId, deciders: Collection[PersonId]) -> Appeal:
    """Return the appeal that waits, for somebody who did not decide before. Raises NothingAppealed, OwnReview."""
    waits = waiting(appeals)
    if waits is None:
        raise NothingAppealed("No appeal of this decision waits.")
    if reviewer in deciders:
        raise OwnReview("You decided in this matter before; somebody else judges the appeal.")
    return waits


def with_outcome(
    appeals: Sequence[Appeal], outcome: AppealOutcome, reasons: tuple[str, ...], at: datetime
) -> tuple[Appeal, ...]:
    """Return the appeals after the one that waits was decided."""
    return tuple(
        replace(appeal, outcome=outcome, reasons=reasons, decided_at=at) if appeal.outcome is None else appeal
        for appeal in appeals
    )
