"""What is kept of every round that ended: one document each, so that folding old facts away loses no history.

Which of them count for a seller's punctuality is decided here, once.
"""

from collections.abc import Iterable

from chassis.store import Document, Upsert
from sla_monitor.clocks.domain import clock_event as said
from sla_monitor.clocks.domain.clock import Clock
from sla_monitor.clocks.domain.public_round import PublicRound
from sla_monitor.clocks.domain.round import Round, Verdict
from sla_monitor.clocks.publish import clock_id
from sla_monitor.rules.domain import ClockKind

OBLIGATIONS = "obligations"
PUNCTUALITY_KIND = ClockKind("reply")
PUNCTUALITY_OWNER = "seller"
SUPERSEDED = "SUPERSEDED"
"""The verdict of a round that never was, as a fact that arrived late showed."""
_COUNTING = frozenset({Verdict.MET, Verdict.MET_LATE, Verdict.BREACHED})
_ABOUT_AN_END = (
    said.ClockSatisfied,
    said.ClockWaived,
    said.ClockVoided,
    said.BreachClosed,
    said.BreachWithdrawn,
    said.DeadlineMoved,
    said.ClockOwnerMoved,
)


def counts(kind: str, owner: str, verdict: str) -> bool:
    """Whether a round counts for the seller's punctuality: a reply that the seller himself owed, and that was given in
    time, given late, or not given in time. Waived, void, running and paused rounds say nothing about the seller."""
    return kind == PUNCTUALITY_KIND and owner == PUNCTUALITY_OWNER and verdict in _COUNTING


def rows_of(event: said.ClockEvent, clock: Clock) -> Iterable[Upsert]:
    """Return what an event changes about the rounds that ended; corrections overwrite what was kept. Rounds of
    no case are not kept: an account's end with every look of the seller, and nearly every line is delivered in time."""
    if not clock.ref.of_case:
        return ()
    match event:
        case said.FactRecorded() | said.ClockStarted():
            return ()
        case said.SellerNamed() | said.AnnouncementsRestored():
            return [_row(clock, told, round_) for told, round_ in clock.told_rounds if round_.settled_at]
        case said.ClockContinued(number=number):
            return [_taken_back(clock, number, Verdict.RUNNING)]
        case said.RoundSuperseded(number=number):
            return [_taken_back(clock, number, SUPERSEDED)]
        case _ if isinstance(event, _ABOUT_AN_END):
            number = event.number
            return [_row(clock, t, r) for t, r in clock.told_rounds if t.number == number and r.settled_at]
        case _:
            return ()


def _row(clock: Clock, told: PublicRound, round_: Round) -> Upsert:
    document: Document = {
        "clock_id": clock_id(clock.ref),
        "number": told.number,
        "case_id": clock.ref.case_id,
        "market": clock.ref.market,
        "kind": clock.ref.kind,
        "seller_id": clock.seller_id,
        "owner": round_.owner,
        "started_at": round_.start_at,
        "due_by": round_.due_by,
        "ended_at": round_.settled_at,
        "verdict": round_.verdict.value,
        "counted_seconds": round_.counted_seconds,
        "policy_version": round_.policy_version,
        "counts": counts(clock.ref.kind, round_.owner, round_.verdict),
    }
    return Upsert(OBLIGATIONS, _id(clock, told.number), document)


def _taken_back(clock: Clock, number: int, verdict: str) -> Upsert:
    return Upsert(OBLIGATIONS, _id(clock, number), {"verdict": verdict, "counts": False, "ended_at": None})


def _id(clock: Clock, number: int) -> str:
    return f"{clock_id(clock.ref)}:{number}"
