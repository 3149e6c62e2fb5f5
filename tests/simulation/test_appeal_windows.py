"""The time to appeal a decision has one source: until when disputes takes an appeal of a side is when the monitor's clock ends for
that side, whatever both sides appeal and however it is decided (casework, section 6; S-5, R-38)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from disputes_situations import AMEND, APPEAL, EXECUTE, FAST, FORGET_FACT, GRANT, NOTE_FACT, TICK, UPHOLD
from hypothesis import given
from hypothesis import strategies as st
from riga_rules import riga_calendar, rules_of

from disputes.disputes.domain import Dispute
from disputes.disputes.domain import commands as asked
from disputes.disputes.store import DISPUTES
from disputes.refusals import Refusal
from ombud_contracts import Metadata, Received
from ombud_words import AppealOutcome, AppealRefused, AppealTooLate, CaseId, Role
from sla_monitor.clocks.domain import ClockRef
from sla_monitor.clocks.domain.clock import Clock, RecordFact, decide, evolve
from sla_monitor.clocks.translation import facts_of
from sla_monitor.rules.domain import ClockKind

pytestmark = [pytest.mark.rule("S-5"), pytest.mark.rule("S-11"), pytest.mark.rule("R-38")]
RULES = rules_of(riga_calendar())
WINDOW = ClockRef(CaseId("cas_1"), ClockKind("appeal_window"), "dsp_1", "lv")
SIDES = (Role.BUYER, Role.SELLER)
STEPS = (*SIDES, *AppealOutcome, "taken back")


@dataclass
class Told:
    """A dispute, and the clock of its window, which hears what the dispute tells."""

    dispute: Dispute | None = None
    clock: Clock | None = None
    heard: int = 0
    refused: list[type[Exception]] = field(default_factory=list)

    def does(self, command: asked.Command) -> None:
        try:
            events = DISPUTES.decide(command, self.dispute)
        except (Refusal, AppealRefused) as refused:
            self.refused.append(type(refused))
            return
        for event in events:
            self.dispute = DISPUTES.evolve(self.dispute, event)
            contract = DISPUTES.publish(event, self.dispute)
            self.heard += 1
            metadata = Metadata(
                id=f"dsp_1:{self.heard}",
                subject="dsp_1",
                sequence=self.heard,
                key="cas_1",
                occurred_at=command.at,
                recorded_at=command.at,
                case_id="cas_1",
                market="lv",
                correlation_id="req_1",
                causation_id="req_1",
            )
            if contract is not None:
                self._hears(Received(metadata=metadata, event=contract, type=contract.type))

    def _hears(self, received: Received) -> None:
        for told in facts_of(received):
            if WINDOW.kind in RULES.policies.kinds_told(told.fact.signal, told.fact.counts_at):
                for event in decide(RecordFact(WINDOW, told.fact, received.at, RULES), self.clock):
                    self.clock = evolve(self.clock, event)

    def open_in_dispute(self, side: Role) -> datetime | None:
        return self.dispute.appeal_until(side) if self.dispute else None

    def open_by_clock(self, side: Role) -> datetime | None:
        owed = self.clock.owed if self.clock else None
        return owed.due_by if owed is not None and owed.owner in (side, "parties") else None


def command_of(step: str, number: int, at: datetime) -> asked.Command:
    if step in SIDES:
        return replace(APPEAL, appeal_id=f"apl_{number}", by=Role(step), at=at)
    if step == "taken back":
        return replace(FORGET_FACT, at=at)
    if step != AppealOutcome.AMENDED:
        return replace(UPHOLD, outcome=AppealOutcome(step), at=at)
    assert AMEND.anew is not None
    terms = replace(AMEND.anew.rules, appeal_until=at + timedelta(days=30))
    anew = replace(AMEND.anew, decision_id=f"dec_{number}", rules=terms, at=at)
    return replace(AMEND, anew=anew, at=at)


def lived(steps: Sequence[tuple[str, int]]) -> Told:
    told, at = Told(), EXECUTE.at
    for command in (FAST, NOTE_FACT, GRANT, EXECUTE):
        told.does(command)
    for number, (step, hours) in enumerate(steps):
        at += timedelta(hours=hours)
        told.does(command_of(step, number, at))
        said = {side: (told.open_in_dispute(side), told.open_by_clock(side)) for side in SIDES}
        assert all(here == there for here, there in said.values()), (steps[: number + 1], said)
    return told


@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 500)), max_size=9))
def test_the_clock_ends_for_each_side_in_the_instant_until_which_it_may_appeal(steps: list[tuple[str, int]]) -> None:
    """INVARIANT: S-5; would break if a side were reminded of a right that it has not, or lost one of which nobody reminds it."""
    lived(steps)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("hours", [(24, 48), (29 * 24, 11 * 24), (30 * 24 - 1, 1)])
def test_until_that_instant_an_appeal_is_taken_and_after_it_none(side: Role, hours: tuple[int, int]) -> None:
    other = next(one for one in SIDES if one != side)
    steps = [(other, hours[0]), (AppealOutcome.UPHELD, hours[1])]
    until = lived(steps).open_by_clock(side)
    assert until is not None
    for at, refused in ((until, []), (until + TICK, [AppealTooLate])):
        told = lived(steps)
        told.does(replace(APPEAL, by=side, at=at))
        assert told.refused == refused
        assert (told.open_by_clock(side), told.open_by_clock(other)) == (None if not refused else until, None)
