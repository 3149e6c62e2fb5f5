"""After a rebuild from the topics: which announcements a clock's first life made, and what was left to be told.

Rounds follow from the facts alone; what was announced of them does not, and is taken from the announcements themselves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ombud_words import MessageId
from sla_monitor.clocks.domain import (
    AnnouncementsRestored,
    Clock,
    ClockEvent,
    ClockJoined,
    ClockUnknown,
    FactId,
    PublicRound,
    ReplyHeld,
    ReplyNotCounted,
    Round,
    Run,
    Verdict,
    differences,
    reckon,
)
from sla_monitor.rules.domain import Rules

_OF_ONE_FACT = (ClockJoined, ReplyHeld, ReplyNotCounted)
"""What is said of the newest fact alone: it was said when that came."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the announcements say of one round. `version` counts the deadlines that were announced, from 1."""

    number: int
    started_at: datetime
    owner: str
    version: int
    due_by: datetime | None
    """None: an announcement changed it without saying to what, and it is what the facts make it."""
    verdict: Verdict
    settled_at: datetime | None
    paused_at: datetime | None
    pause_over: datetime | None
    warned: tuple[tuple[int, datetime, int], ...]
    breached: bool
    grace_ended: bool


@dataclass(frozen=True, slots=True)
class RestoreAnnouncements:
    """Take the announcements of the first life as told, and tell what it did not come to tell.

    `not_counted` names the replies that were announced as not counting.
    """

    heard: tuple[Heard, ...]
    last_number: int
    not_counted: frozenset[str]
    now: datetime
    rules: Rules


def restore_announcements(command: RestoreAnnouncements, state: Clock | None) -> list[ClockEvent]:
    """Decide. Raises ClockUnknown, UnknownVersion."""
    if state is None:
        raise ClockUnknown("nothing was ever told to this clock")
    told = _restored(command.heard, state.rounds)
    newest = state.facts[-1]
    by_start = {round_.start_id: round_ for round_ in state.rounds}
    runs = reckon(state.ref.kind, state.facts, command.rules, state.gates)
    made = [(run, by_start[run.start_id]) for run in runs if run.start_id in by_start]
    missing = differences(state.ref, told, command.last_number, (), made, newest, command.now, command.rules)
    return [
        AnnouncementsRestored(newest.at, told, command.last_number),
        *(event for event in missing if not isinstance(event, _OF_ONE_FACT)),
        *_not_counted(state, made, told, command),
    ]


def _restored(heard: Sequence[Heard], rounds: Sequence[Round]) -> tuple[PublicRound, ...]:
    """PublicRound rounds beside the rounds of the facts that started at the same instant, in order."""
    free = list(rounds)
    told = []
    for one in sorted(heard, key=lambda h: h.number):
        found = next((round_ for round_ in free if round_.start_at == one.started_at), None)
        if found is not None:
            free.remove(found)
        told.append(_told(one, found))
    return tuple(told)


def _told(heard: Heard, round_: Round | None) -> PublicRound:
    due_by = heard.due_by
    if due_by is None or (round_ is not None and heard.settled_at is not None):
        due_by = round_.due_by if round_ is not None else heard.started_at
    over = heard.pause_over if round_ is not None and round_.paused_at == heard.pause_over else None
    return PublicRound(
        number=heard.number,
        start_id=round_.start_id if round_ is not None else FactId(""),
        start_at=heard.started_at,
        version=heard.version,
        due_by=due_by,
        owner=heard.owner,
        verdict=heard.verdict,
        settled_at=heard.settled_at,
        paused_at=heard.paused_at,
        pause_over=over,
        warned=heard.warned,
        breached=heard.breached,
        grace_ended=heard.grace_ended,
    )


def _not_counted(
    clock: Clock, made: Sequence[tuple[Run, Round]], told: Sequence[PublicRound], command: RestoreAnnouncements
) -> Iterator[ClockEvent]:
    numbers = {known.start_id: known.number for known in told}
    for run, round_ in made:
        if round_.start_id not in numbers:
            continue
        for fact in clock.facts:
            within = round_.start_at <= fact.at and (round_.settled_at is None or fact.at < round_.settled_at)
            ref = fact.ref or fact.id
            if within and fact.signal in run.row.not_counted and ref not in command.not_counted:
                yield ReplyNotCounted(fact.at, numbers[round_.start_id], MessageId(ref), fact.reasons)
