"""What a seller or the platform promises in a case, and by when (R-32)."""

from typing import ClassVar

from ombud_contracts import topics
from ombud_contracts.event import Event
from ombud_contracts.vocabulary import CaseId, Instant, Role
from ombud_words import Promised, PromiseId


class PromiseEvent(Event):
    """What every event about a promise says."""

    promise_id: PromiseId
    case_id: CaseId


class PromiseMade(PromiseEvent):
    """Somebody says what is done by when; whether it is is watched by the promise's own clock."""

    type: ClassVar[str] = "ticketing.promise_made"
    topic: ClassVar[str] = topics.CASES
    what: Promised | str
    owner: str
    """The side that keeps it: `seller` or `platform`."""
    by: Role | str
    due_by: Instant
    made_at: Instant


class PromiseKept(PromiseEvent):
    """It was done."""

    type: ClassVar[str] = "ticketing.promise_kept"
    topic: ClassVar[str] = topics.CASES
    late: bool
    """Its time had passed."""
    kept_at: Instant


class PromiseBroken(PromiseEvent):
    """Its time passed, and it was not done; the buyer is told."""

    type: ClassVar[str] = "ticketing.promise_broken"
    topic: ClassVar[str] = topics.CASES
    owner: str
    """The side that did not keep it: `seller` or `platform`."""
    broken_at: Instant


class PromiseRestored(PromiseEvent):
    """It stands again: the time by which it was called broken had not passed (S-3)."""

    type: ClassVar[str] = "ticketing.promise_restored"
    topic: ClassVar[str] = topics.CASES
    restored_at: Instant


class PromiseWithdrawn(PromiseEvent):
    """It will not be done, or is not needed any more."""

    type: ClassVar[str] = "ticketing.promise_withdrawn"
    topic: ClassVar[str] = topics.CASES
    reason: str
    """A code, such as `not_needed`."""
    withdrawn_at: Instant
