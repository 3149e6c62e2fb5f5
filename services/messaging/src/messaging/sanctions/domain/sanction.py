"""A sanction: what a person's breaches of the platform's rules have led to in one role and market (R-04, section 7).

It keeps references and rule ids, never words. Only when breaches happened decides, not when they became known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from messaging.sanctions.domain.event import (
    DECAYED,
    REVERSED,
    AppealSanction,
    Command,
    CountHeld,
    Event,
    FinishRelease,
    HeldReleased,
    MessageCounted,
    PardonBreaches,
    RecordBreach,
    SanctionAppealed,
    SanctionImposed,
    SanctionLifted,
    SanctionUpheld,
    StepBack,
    UpholdSanction,
)
from messaging.sanctions.domain.ladder import (
    HOLDING,
    TAKEOVER,
    Breach,
    Foothold,
    Ladder,
    height_after,
    height_at,
    steps_back_at,
)
from messaging.sanctions.domain.refusals import AppealTooLate, NothingAppealed, NothingToAppeal, UnknownSanction
from ombud_words import CaseId, MessageId, PersonId, SanctionId

REMEMBERED = 100
"""Breaches that can be pardoned one by one; older ones count on, folded into the height they led to."""

# State


@dataclass(frozen=True, slots=True, kw_only=True)
class Sanction:
    id: SanctionId
    person_id: PersonId
    role: str
    market: str
    ladder: Ladder
    breaches: tuple[Breach, ...] = ()
    """Those that stand, in the order in which they happened."""
    folded: Foothold | None = None
    """Where breaches that are no longer remembered had led to."""
    height: int = 0
    """As last told."""
    held: int = 0
    """Messages that ever waited because of the step."""
    releasing: bool = False
    takeover_round: int = 0
    takeover_cases: tuple[CaseId, ...] = ()
    appealed_at: datetime | None = None
    appeal_grounds: tuple[str, ...] = ()
    upheld: tuple[MessageId, ...] = ()
    """Messages whose breach was appealed in vain."""

    def height_at(self, at: datetime) -> int:
        """Return the height at an instant, steps back included."""
        return height_at(self.ladder, self.foothold, at)

    def step_at(self, at: datetime) -> str | None:
        """Return the step at an instant, or None on the ground."""
        return self.ladder.step(self.height_at(at))

    def holds_at(self, at: datetime) -> bool:
        """Return whether every message waits for a moderator."""
        return self.step_at(at) in HOLDING

    @property
    def foothold(self) -> Foothold | None:
        """Where the person stood after the last breach."""
        return height_after(self.ladder, self.folded, self.breaches)

    def steps_back_at(self, at: datetime) -> datetime | None:
        """Return when the next step back is due after an instant."""
        return steps_back_at(self.ladder, self.foothold, at)


# Decide


def decide(command: Command, state: Sanction | None) -> list[Event]:
    """Return what happens. Raises a Refusal."""
    if isinstance(command, RecordBreach):
        return _record(command, state)
    if state is None:
        raise UnknownSanction("there is no such sanction")
    match command:
        case CountHeld(message_id, at):
            return [MessageCounted(message_id, at)]
        case PardonBreaches():
            return _pardon(state, command)
        case AppealSanction(grounds, at):
            return _appeal(state, grounds, at)
        case UpholdSanction(reasons, at):
            if state.appealed_at is None:
                raise NothingAppealed("no appeal waits for a decision")
            return [SanctionUpheld(reasons, at)]
        case StepBack(at):
            return _decay(state, at)
        case FinishRelease(held, at):
            return [HeldReleased(at)] if state.releasing and state.held == held else []
        case _:
            assert_never(command)


def _record(command: RecordBreach, state: Sanction | None) -> list[Event]:
    before = state or _born(command)
    if any(b.message_id == command.breach.message_id for b in before.breaches):
        return []
    decayed = _decay(before, command.at)
    for event in decayed:
        before = evolve(before, event)
    after = replace(before, ladder=command.ladder, breaches=_in_order(before.breaches, command.breach))
    height = after.height_at(command.at)
    climbed = command.ladder.step(height) == TAKEOVER and before.ladder.step(before.height) != TAKEOVER
    round = before.takeover_round + climbed
    return [*decayed, SanctionImposed(recorded=command, height=height, takeover_round=round, at=command.at)]


def _decay(state: Sanction, at: datetime) -> list[Event]:
    height = state.height_at(at)
    return [_lifted(state, height, DECAYED, at)] if height < state.height else []


def _pardon(state: Sanction, c: PardonBreaches) -> list[Event]:
    standing = [b.message_id for b in state.breaches]
    pardoned = tuple(id for id in standing if not c.message_ids or id in c.message_ids)
    if not pardoned:
        return []
    clears = not c.message_ids
    folded = None if clears else state.folded
    height = replace(state, breaches=_without(state.breaches, pardoned), folded=folded).height_at(c.at)
    return [_lifted(state, height, c.cause, c.at, pardoned=pardoned, reasons=c.reasons, clears=clears)]


def _lifted(
    state: Sanction,
    height: int,
    cause: str,
    at: datetime,
    *,
    pardoned: tuple[MessageId, ...] = (),
    reasons: tuple[str, ...] = (),
    clears: bool = False,
) -> SanctionLifted:
    was, now = state.ladder.step(state.height), state.ladder.step(height)
    return SanctionLifted(
        cause=cause,
        pardoned=pardoned,
        reasons=reasons,
        height=height,
        was_height=state.height,
        releases=was in HOLDING and now not in HOLDING and state.held > 0,
        withdrawn_from=state.takeover_cases if was == TAKEOVER and now != TAKEOVER else (),
        at=at,
        clears=clears,
    )


def _appeal(state: Sanction, grounds: tuple[str, ...], at: datetime) -> list[Event]:
    if state.appealed_at is not None:
        return []
    open_to_appeal = [b for b in state.breaches if b.message_id not in state.upheld]
    if not open_to_appeal:
        raise NothingToAppeal("no breach stands that was not appealed before")
    if max(b.at for b in open_to_appeal) + timedelta(seconds=state.ladder.appeal_seconds) < at:
        raise AppealTooLate("the time to appeal these breaches is over")
    return [SanctionAppealed(grounds, at)]


# Evolve


def evolve(state: Sanction | None, event: Event) -> Sanction:
    """Return the state after a fact."""
    if isinstance(event, SanctionImposed):
        return _imposed(state or _born(event.recorded), event)
    assert state is not None, "a sanction is born by SanctionImposed"
    match event:
        case MessageCounted():
            return replace(state, held=state.held + 1)
        case SanctionLifted():
            return _after_lifting(state, event)
        case SanctionAppealed(grounds, at):
            return replace(state, appealed_at=at, appeal_grounds=grounds)
        case SanctionUpheld():
            return replace(state, appealed_at=None, upheld=tuple(b.message_id for b in state.breaches))
        case HeldReleased():
            return replace(state, releasing=False)
        case _:
            assert_never(event)


def _born(c: RecordBreach) -> Sanction:
    return Sanction(id=c.sanction_id, person_id=c.person_id, role=c.role, market=c.market, ladder=c.ladder)


def _imposed(state: Sanction, event: SanctionImposed) -> Sanction:
    breach, ladder = event.recorded.breach, event.recorded.ladder
    breaches, folded = _in_order(state.breaches, breach), state.folded
    if len(breaches) > REMEMBERED:
        folded, breaches = height_after(ladder, folded, breaches[:1]), breaches[1:]
    cases = state.takeover_cases
    if ladder.step(event.height) == TAKEOVER and breach.case_id not in cases:
        cases = (*cases, breach.case_id)[-REMEMBERED:]
    return replace(
        state,
        ladder=ladder,
        breaches=breaches,
        folded=folded,
        height=event.height,
        takeover_round=event.takeover_round,
        takeover_cases=cases,
    )


def _after_lifting(state: Sanction, event: SanctionLifted) -> Sanction:
    return replace(
        state,
        breaches=_without(state.breaches, event.pardoned),
        folded=None if event.clears else state.folded,
        height=event.height,
        releasing=state.releasing or event.releases,
        takeover_cases=tuple(c for c in state.takeover_cases if c not in event.withdrawn_from),
        appealed_at=None if event.cause == REVERSED else state.appealed_at,
    )


def _in_order(breaches: Sequence[Breach], breach: Breach) -> tuple[Breach, ...]:
    return tuple(sorted((*breaches, breach), key=lambda b: (b.at, b.message_id)))


def _without(breaches: Sequence[Breach], pardoned: Sequence[MessageId]) -> tuple[Breach, ...]:
    return tuple(b for b in breaches if b.message_id not in pardoned)
