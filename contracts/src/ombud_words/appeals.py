"""Appeals: a party asks that a decision be looked at again, by somebody who did not make it (casework, section 6).

One pattern for every kind of decision: filed, then INADMISSIBLE, UPHELD, AMENDED or REVERSED. Each side appeals a decision
once, in its time; one appeal at a time waits for its decision, and while it waits no time passes for who has not appealed yet.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ombud_words.ids import AppealId, PersonId
from ombud_words.roles import Role

LEAST_LEFT = timedelta(days=7)
"""What is left at least to who had to wait: when the appeal of another is decided nobody knows before (R-38)."""


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
    """The appeal of the other side waits for its decision, and this side's time stands still."""


class NothingAppealed(AppealRefused):
    """No appeal waits for a decision."""


class OwnReview(AppealRefused):
    """Whoever decided does not judge the appeal (S-4)."""


def waiting(appeals: Sequence[Appeal]) -> Appeal | None:
    """Return the appeal that waits for its decision."""
    return next((appeal for appeal in appeals if appeal.outcome is None), None)


def open_until(
    sides: Collection[Role], appeals: Sequence[Appeal], *, since: datetime, until: datetime
) -> datetime | None:
    """Return until when one of these sides may appeal a decision that was made at `since` and named `until`.

    None when each of them did, and while an appeal waits: meanwhile no time passes.
    """
    if waiting(appeals) is not None or all(_appealed(side, appeals, since) for side in sides):
        return None
    return _put_off(appeals, since, until)


def is_new(appeal: Appeal, appeals: Sequence[Appeal], *, since: datetime, until: datetime) -> bool:
    """Tell whether an appeal of a decision made at `since` is to be kept; a repeat of one that waits is not.

    Raises AppealedBefore, AppealWaits or AppealTooLate.
    """
    waits = waiting(appeals)
    if waits is not None and waits.by == appeal.by:
        return False
    if _appealed(appeal.by, appeals, since):
        raise AppealedBefore("You appealed this decision before, and it was decided.")
    if waits is not None:
        raise AppealWaits(
            "The other side appealed, and your time stands still. Appeal again when that is decided; your evidence is read with it."
        )
    last = _put_off(appeals, since, until)
    if appeal.at > last:
        raise AppealTooLate(last)
    return True


def _appealed(side: Role, appeals: Sequence[Appeal], since: datetime) -> bool:
    return any(appeal.by == side and appeal.at >= since for appeal in appeals)


def _put_off(appeals: Sequence[Appeal], since: datetime, until: datetime) -> datetime:
    """Return `until`, put off by the time for which appeals have waited since the decision."""
    waits = [(max(a.at, since), a.decided_at) for a in appeals if a.decided_at is not None and a.decided_at > since]
    if not waits:
        return until
    stood_still = sum((end - start for start, end in waits), timedelta())
    return max(until + stood_still, max(end for _, end in waits) + LEAST_LEFT)


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
