"""Clocks of a case that began while all its disputes, messages and takeovers shared one of each kind."""

from datetime import datetime

import pytest
from case_clocks import RULES, TUESDAY, WEDNESDAY, CaseClocks, example, opened
from riga_rules import local

from chassis.aggregate import Cause, Session
from ombud_contracts import Event
from ombud_contracts.events import disputes, ticketing
from ombud_words import CaseId
from sla_monitor.clocks.domain.clock import RecordFact
from sla_monitor.clocks.domain.clock_event import ClockRef
from sla_monitor.clocks.domain.fact import Fact, FactId
from sla_monitor.clocks.publish import clock_id
from sla_monitor.clocks.store import CLOCKS
from sla_monitor.rules.domain import About, ClockKind, Signal

pytestmark = pytest.mark.rule("S-7")
BEGUN = f"{TUESDAY} 10:00"


async def shared(kind: str, begun_by: Signal) -> CaseClocks:
    """Return the clocks of a case of which one is about no subject of its own."""
    case, at = CaseClocks(), local(BEGUN)
    ref = ClockRef(CaseId("cas_1"), ClockKind(kind), "", "lv")
    fact = Fact(FactId("before:1"), begun_by, at)
    session = Session(case.store, lambda: at)
    await session.unit(Cause("before", "before")).execute(CLOCKS, clock_id(ref), RecordFact(ref, fact, at, RULES["lv"]))
    await session.commit()
    return case


ENDS = [
    ("negotiation", Signal.DISPUTE_OPENED, example(disputes.DisputeSettled, dispute_id="dsp_1")),
    ("escalation_window", Signal.ESCALATION_OPENED, example(disputes.DisputeEscalated, dispute_id="dsp_1")),
    ("mediation", Signal.DISPUTE_ESCALATED, example(disputes.DisputeDecided, dispute_id="dsp_1")),
    ("takeover_decision", Signal.TAKEOVER_PROPOSED, example(ticketing.TakeoverDeclined)),
    ("takeover_decision", Signal.TAKEOVER_PROPOSED, example(ticketing.TakeoverActivated)),
]


@pytest.mark.parametrize(("kind", "begun_by", "end"), ENDS)
async def test_a_clock_that_began_before_each_subject_had_one_ends_with_its_subject(
    kind: str, begun_by: Signal, end: Event
) -> None:
    """INVARIANT: no deadline runs on, and is broken, after what it was for is over."""
    case = await shared(kind, begun_by)
    await case.hears(end, f"{TUESDAY} 12:00")
    assert (await case.verdicts(kind))[""] == "MET"


async def test_a_dispute_that_is_opened_later_has_a_clock_of_its_own_alone() -> None:
    case = await shared("negotiation", Signal.DISPUTE_OPENED)
    await case.hears(opened("dsp_2"), f"{WEDNESDAY} 09:00")
    rounds: dict[str, list[datetime]] = {
        s: [r.start_at for r in c.rounds] for s, c in (await case.of_kind("negotiation")).items()
    }
    assert rounds == {"": [local(BEGUN)], "dsp_2": [local(f"{WEDNESDAY} 09:00")]}


async def test_a_clock_without_a_subject_is_about_its_case_whatever_it_hears() -> None:
    """INVARIANT: its silence is carried out for the disputes of the case; nobody is told of a dispute without an id."""
    case = await shared("escalation_window", Signal.ESCALATION_OPENED)
    await case.hears(example(disputes.DisputeWithdrawn, dispute_id="dsp_1"), f"{TUESDAY} 12:00")
    (clock,) = (await case.of_kind("escalation_window")).values()
    assert (clock.about, clock.rounds[-1].verdict) == (About.CASE, "VOID")
