"""A lapsed delivery guarantee: the buyer waits no more and negotiates nothing, until the lapse is withdrawn (S-3)."""

from datetime import timedelta

import pytest
from disputes_desk import AGENT, BUYER, CLAIM, MEDIATOR, PLACED, a_dispute, a_mediated_dispute, decision, opened
from guarantee_events import WITHDRAWN, lapsed

from chassis.consuming import NotYet
from chassis.testing import NOON, told
from chassis.testing.desk import Desk
from ombud_contracts.events.marketplace import OrderDelivered, OrderLineCancelled
from ombud_contracts.events.sla_monitor import BreachWithdrawn, ClockBreached

pytestmark = pytest.mark.rule("R-47")
LATE = {**CLAIM, "reason": "NOT_RECEIVED"}


async def hears(desk: Desk, *events: ClockBreached | BreachWithdrawn) -> None:
    for sequence, event in enumerate(events, 2):
        await desk.hears(told(event, event.clock_id, sequence, at=desk.clock()))


async def test_a_buyer_opens_with_one_call_what_a_mediator_decides_by_the_fact(casework: Desk) -> None:
    """INVARIANT: would break if a buyer to whom a delivery was guaranteed had to negotiate about it."""
    await hears(casework, lapsed())
    made = await casework.done(BUYER, "/cases/cas_1/disputes", LATE)
    assert (made["stage"], made["facts_shown"]) == ("MEDIATION", ["guarantee_lapsed"])
    by_fact = {**decision(), "clause": "S-5.2", "facts": ["guarantee_lapsed"], "reasons": ["not_delivered"]}
    decided = await casework.done(MEDIATOR, f"/disputes/{made['dispute_id']}/decision", by_fact)
    assert decided["decision"]["facts"] == ["guarantee_lapsed"]


@pytest.mark.rule("S-6")
async def test_rows_of_an_earlier_release_say_it_in_another_word(casework: Desk) -> None:
    await hears(casework, lapsed("guarantee_opens_a_dispute"))
    assert (await casework.done(BUYER, "/cases/cas_1/disputes", LATE))["stage"] == "MEDIATION"


async def test_a_live_dispute_goes_to_a_mediator_when_the_guarantee_lapses(casework: Desk) -> None:
    id, other = await a_dispute(casework, **LATE), await a_dispute(casework)
    await hears(casework, lapsed())
    assert (await casework.get(BUYER, f"/disputes/{id}")).json()["stage"] == "MEDIATION"
    found = (await casework.get(BUYER, f"/disputes/{other}")).json()
    assert (found["stage"], found["facts_shown"]) == ("NEGOTIATION", [])


async def test_it_is_claimed_for_a_delivery_alone(casework: Desk) -> None:
    await hears(casework, lapsed())
    made = await casework.done(BUYER, "/cases/cas_1/disputes", CLAIM)
    assert (made["stage"], made["facts_shown"]) == ("NEGOTIATION", [])


async def test_it_is_claimed_before_the_day_that_was_promised_first(casework: Desk) -> None:
    """An earlier day was promised after the purchase, and has passed."""
    line = PLACED.lines[0].model_copy(update={"line_id": "lin_5", "promised_by": NOON + timedelta(days=2)})
    await casework.hears(PLACED.model_copy(update={"order_id": "ord_5", "lines": (line,)}))
    await casework.hears(opened("cas_5").model_copy(update={"order_id": "ord_5", "line_id": "lin_5"}))
    assert (await casework.post(BUYER, "/cases/cas_5/disputes", LATE)).status_code == 409
    await hears(casework, lapsed(subject="ord_5|lin_5"))
    assert (await casework.done(BUYER, "/cases/cas_5/disputes", LATE))["stage"] == "MEDIATION"


async def test_what_came_late_is_negotiated(casework: Desk) -> None:
    await hears(casework, lapsed())
    await casework.hears(OrderDelivered(order_id="ord_3", line_id="lin_4", delivered_at=NOON + timedelta(days=1)))
    assert (await casework.done(BUYER, "/cases/cas_1/disputes", {**LATE, "reason": "LATE"}))["stage"] == "NEGOTIATION"


async def test_a_live_dispute_is_negotiated_on_where_the_line_had_come_when_the_lapse_is_heard(casework: Desk) -> None:
    """INVARIANT: would break if what came were decided as if it had not, because its delivery is heard first here."""
    id = await a_dispute(casework, **LATE)
    await casework.hears(OrderDelivered(order_id="ord_3", line_id="lin_4", delivered_at=NOON))
    await hears(casework, lapsed())
    found = (await casework.get(BUYER, f"/disputes/{id}")).json()
    assert (found["stage"], found["facts_shown"]) == ("NEGOTIATION", [])


async def test_a_buyer_who_agreed_to_wait_claims_it_when_the_time_has_passed(casework: Desk) -> None:
    id = await a_mediated_dispute(casework, **LATE)
    await casework.done(MEDIATOR, f"/disputes/{id}/decision", {**decision("NONE"), "reasons": ["on_its_way"]})
    assert (await casework.post(BUYER, "/cases/cas_1/disputes", LATE)).status_code == 409
    later = NOON + timedelta(days=14)
    await hears(casework, lapsed().model_copy(update={"due_by": later}))
    made = await casework.done(BUYER, "/cases/cas_1/disputes", LATE)
    assert (made["stage"], made["facts_shown"]) == ("MEDIATION", ["guarantee_lapsed"])


@pytest.mark.rule("S-1")
async def test_what_the_marketplace_pays_back_is_claimed_from_nobody_again(casework: Desk) -> None:
    """INVARIANT: would break if a cancelled line were paid back twice, by the marketplace and by a dispute."""
    id = await a_mediated_dispute(casework, **LATE)
    await casework.hears(OrderLineCancelled(order_id="ord_3", line_id="lin_4", reason="sold_out", cancelled_at=NOON))
    refused = await casework.post(MEDIATOR, f"/disputes/{id}/decision", {**decision(), "clause": "S-5.2"})
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "nothing_left")
    await hears(casework, lapsed())
    found = (await casework.get(BUYER, f"/disputes/{id}")).json()
    assert found["facts_shown"] == []


async def test_a_cancellation_waits_for_its_order(casework: Desk) -> None:
    with pytest.raises(NotYet):
        await casework.hears(
            OrderLineCancelled(order_id="ord_9", line_id="lin_9", reason="by_buyer", cancelled_at=NOON)
        )


@pytest.mark.rule("S-3")
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
async def test_a_lapse_that_is_withdrawn_can_be_claimed_no_more(casework: Desk, order: tuple[int, int]) -> None:
    """INVARIANT: would break if a seller paid for a carrier that tells late; also where the withdrawal is heard first."""
    events = [told(e, "clk_1", n, at=NOON) for n, e in enumerate((lapsed(), WITHDRAWN), 2)]
    for number in order:
        await casework.hears(events[number])
    made = await casework.done(BUYER, "/cases/cas_1/disputes", LATE)
    assert (made["stage"], made["facts_shown"]) == ("NEGOTIATION", [])


@pytest.mark.rule("S-3")
async def test_nothing_is_decided_by_a_lapse_that_was_withdrawn(casework: Desk) -> None:
    await hears(casework, lapsed())
    made = await casework.done(BUYER, "/cases/cas_1/disputes", LATE)
    await casework.hears(told(WITHDRAWN, "clk_1", 3, at=NOON))
    path = f"/disputes/{made['dispute_id']}"
    found = (await casework.get(AGENT, path)).json()
    assert (found["stage"], found["facts_shown"]) == ("MEDIATION", [])
    by_fact = {**decision(), "facts": ["guarantee_lapsed"]}
    assert (await casework.post(MEDIATOR, f"{path}/decision", by_fact)).status_code == 409


async def test_a_delivery_that_is_known_by_then_is_no_lapse(casework: Desk) -> None:
    await hears(casework, lapsed(still_owed=False))
    assert (await casework.done(BUYER, "/cases/cas_1/disputes", LATE))["stage"] == "NEGOTIATION"


async def test_a_lapse_waits_for_its_order(casework: Desk) -> None:
    with pytest.raises(NotYet):
        await hears(casework, lapsed(subject="ord_9|lin_9"))


async def test_a_row_that_promises_it_about_a_case_says_nothing_of_a_line(casework: Desk) -> None:
    """INVARIANT: would break if a market's own row ended in the dead letters."""
    await hears(casework, lapsed(about="case", subject="cas_1", case_id="cas_1"))
    assert (await casework.done(BUYER, "/cases/cas_1/disputes", LATE))["stage"] == "NEGOTIATION"
