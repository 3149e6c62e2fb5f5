"""What a mediator asked for: its clock is owed by the side that was asked, and the mediation waits for it (casework, section 4)."""

from datetime import timedelta

import pytest
from case_clocks import MONDAY, TUESDAY, WEDNESDAY, CaseClocks, example
from riga_rules import local

from ombud_contracts.events import disputes

REQUESTED = example(disputes.EvidenceRequested, dispute_id="dsp_1", of="seller")


def ended(outcome: str) -> disputes.DisputeEvent:
    event = example(disputes.EvidenceRequestEnded, dispute_id="dsp_1", outcome=outcome)
    assert isinstance(event, disputes.EvidenceRequestEnded)
    return event


async def a_mediation_that_waits() -> CaseClocks:
    case = CaseClocks()
    for dispute_id in ("dsp_1", "dsp_2"):
        await case.hears(example(disputes.DisputeEscalated, dispute_id=dispute_id), f"{MONDAY} 10:00")
    await case.hears(REQUESTED, f"{TUESDAY} 10:00")
    return case


async def test_the_side_that_is_asked_owes_it_and_the_mediation_of_that_dispute_stands_still() -> None:
    case = await a_mediation_that_waits()
    (asked,) = (await case.of_kind("evidence")).values()
    assert (asked.ref.subject, asked.rounds[-1].owner) == ("dsp_1", "seller")
    assert asked.rounds[-1].due_by == local("2026-09-18 10:00"), "three working days"
    assert await case.verdicts("mediation") == {"dsp_1": "PAUSED", "dsp_2": "RUNNING"}


@pytest.mark.parametrize(("outcome", "verdict"), [("RECEIVED", "MET"), ("LAPSED", "VOID"), ("WITHDRAWN", "VOID")])
async def test_however_a_request_ends_the_mediation_goes_on(outcome: str, verdict: str) -> None:
    """INVARIANT: would break if a side could stop a mediation for good by sending nothing."""
    case = await a_mediation_that_waits()
    await case.hears(ended(outcome), f"{WEDNESDAY} 10:00")
    assert await case.verdicts("evidence") == {"dsp_1": verdict}
    due = {id: clock.rounds[-1].due_by for id, clock in (await case.of_kind("mediation")).items()}
    assert due["dsp_1"] is not None
    assert due["dsp_2"] is not None
    assert due["dsp_1"] - due["dsp_2"] == timedelta(days=1)
