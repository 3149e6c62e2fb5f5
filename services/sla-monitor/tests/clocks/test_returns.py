"""The clocks of a return: what starts and ends each, and that two returns share none (casework, section 5; S-7)."""

from typing import Any

import pytest
from case_clocks import MONDAY, TUESDAY, WEDNESDAY, CaseClocks, example

from ombud_contracts import Event
from ombud_contracts.events import returns


def of(event: type[Event], return_id: str = "ret_1", **changed: Any) -> Event:
    return example(event, return_id=return_id, **changed)


REQUESTED, ACCEPTED = of(returns.ReturnRequested), of(returns.ReturnAccepted)
LABELLED, SHIPPED, RECEIVED = of(returns.ReturnLabelIssued), of(returns.ReturnShipped), of(returns.ReturnReceived)
COMPLIANT = of(returns.ReturnInspected, deduction_minor=0, deviations=(), photos=())
DEDUCTED = of(returns.ReturnInspected, deduction_minor=2_000)
ORDERED = of(returns.ReturnRefundOrdered)


async def after(*events: Event) -> CaseClocks:
    """The clocks of a case that heard these, an hour apart, on a Monday."""
    case = CaseClocks()
    for number, event in enumerate(events):
        await case.hears(event, f"{MONDAY} {9 + number:02}:00")
    return case


async def verdicts(case: CaseClocks) -> dict[str, str]:
    kinds = (
        "return_answer",
        "return_label",
        "return_shipment",
        "return_arrival",
        "inspection",
        "deduction_answer",
        "deduction_decision",
        "refund_after_receipt",
    )
    return {kind: verdict for kind in kinds for verdict in (await case.verdicts(kind)).values()}


@pytest.mark.rule("S-5")
async def test_each_step_of_a_return_ends_one_clock_and_starts_the_next() -> None:
    """INVARIANT: would break if a step that is owed had no deadline, or one that was taken kept it."""
    assert await verdicts(await after(REQUESTED)) == {"return_answer": "RUNNING"}
    assert await verdicts(await after(REQUESTED, ACCEPTED)) == {"return_answer": "MET", "return_label": "RUNNING"}
    sent = {"return_answer": "MET", "return_label": "MET"}
    assert await verdicts(await after(REQUESTED, ACCEPTED, LABELLED)) == {**sent, "return_shipment": "RUNNING"}
    away = {**sent, "return_shipment": "MET"}
    shipped = await after(REQUESTED, ACCEPTED, LABELLED, SHIPPED)
    assert await verdicts(shipped) == {**away, "return_arrival": "RUNNING"}
    back = {**away, "return_arrival": "MET"}
    received = await after(REQUESTED, ACCEPTED, LABELLED, SHIPPED, RECEIVED)
    assert await verdicts(received) == {**back, "inspection": "RUNNING", "refund_after_receipt": "RUNNING"}
    paid = await after(REQUESTED, ACCEPTED, LABELLED, SHIPPED, RECEIVED, COMPLIANT, ORDERED)
    assert await verdicts(paid) == {**back, "inspection": "MET", "refund_after_receipt": "MET"}


async def test_what_the_seller_keeps_is_answered_by_the_buyer_and_then_decided_by_the_platform() -> None:
    """The seller owes no refund while others decide what it is."""
    case = await after(RECEIVED, DEDUCTED)
    waits = {"inspection": "MET", "refund_after_receipt": "MET"}
    assert await verdicts(case) == {**waits, "deduction_answer": "RUNNING"}
    await case.hears(of(returns.DeductionDisputed), f"{TUESDAY} 10:00")
    disputed = {**waits, "deduction_answer": "MET"}
    assert await verdicts(case) == {**disputed, "deduction_decision": "RUNNING"}
    await case.hears(of(returns.DeductionDecided), f"{WEDNESDAY} 10:00")
    assert await verdicts(case) == {**disputed, "deduction_decision": "MET"}


async def test_a_deduction_that_is_accepted_ends_its_clock_with_the_refund() -> None:
    assert (await verdicts(await after(RECEIVED, DEDUCTED, ORDERED)))["deduction_answer"] == "MET"


@pytest.mark.parametrize("end", [of(returns.ReturnEnded), of(returns.ReturnRefused)])
async def test_a_return_that_ended_owes_nothing(end: Event) -> None:
    assert "RUNNING" not in (await verdicts(await after(REQUESTED, end))).values()


@pytest.mark.rule("S-3")
async def test_an_acceptance_that_is_taken_back_starts_the_sellers_answer_anew() -> None:
    """INVARIANT: would break if a seller owed a label for what it had not accepted, or had no deadline to answer by."""
    reopened = of(returns.ReturnStepReopened, step="return_answer")
    again = await verdicts(await after(REQUESTED, ACCEPTED, reopened))
    assert again == {"return_answer": "RUNNING", "return_label": "VOID"}
    lapse = of(returns.ReturnStepReopened, step="return_shipment")
    ended = of(returns.ReturnEnded, outcome="LAPSED")
    assert "RUNNING" not in (await verdicts(await after(REQUESTED, ACCEPTED, LABELLED, ended, lapse))).values()


@pytest.mark.rule("S-3")
async def test_a_return_that_goes_on_after_its_end_has_its_clocks_again() -> None:
    ended = of(returns.ReturnEnded, outcome="LAPSED")
    found = await verdicts(await after(REQUESTED, ACCEPTED, LABELLED, ended, SHIPPED, RECEIVED))
    assert (found["return_arrival"], found["inspection"]) == ("MET", "RUNNING")
    kept = of(returns.ReturnEnded, outcome="SENT_BACK")
    found = await verdicts(await after(RECEIVED, DEDUCTED, kept, of(returns.DeductionDisputed)))
    assert found["deduction_decision"] == "RUNNING"


async def test_a_refusal_is_an_answer() -> None:
    assert await verdicts(await after(REQUESTED, of(returns.ReturnRefused))) == {"return_answer": "MET"}


@pytest.mark.rule("S-7")
async def test_two_returns_of_one_case_share_no_clock() -> None:
    case = await after(REQUESTED, of(returns.ReturnEnded), of(returns.ReturnRequested, "ret_2"))
    assert await case.verdicts("return_answer") == {"ret_1": "VOID", "ret_2": "RUNNING"}
