"""What is decided while something arrives: each pair planted on real MongoDB in both orders (S-9).

A transaction is prepared, another commits in between, the first conflicts, and decides again on what then stands.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from disputes_desk import (
    BUYER,
    CLAIM,
    CLOSED,
    MEDIATOR,
    SELLER,
    a_dispute,
    a_mediated_dispute,
    an_offer,
    decision,
    opened,
)
from disputes_desk import taken_over as activated
from disputes_situations import ADMITTED, OPEN
from guarantee_events import lapsed

from chassis.aggregate import Cause, Session
from chassis.store import Conflict, Writes
from chassis.testing import NOON, told
from chassis.testing.desk import Desk, received
from disputes.disputes.course import open_dispute
from disputes.disputes.domain import OpenDispute
from disputes.processes.consumers import hear
from disputes.refusals import OneDisputeAtATime
from ombud_contracts import Event
from ombud_contracts.events import findings
from ombud_contracts.events.marketplace import OrderDelivered
from ombud_contracts.market import load_markets

pytestmark = pytest.mark.rule("S-9")
MARKETS = load_markets()

Interruption = Callable[[], Awaitable[object]]


class Interrupted:
    """Commits in place of a service's own commits: before the first one, something else happens."""

    def __init__(self, desk: Desk, meanwhile: Interruption) -> None:
        self._runtime = desk.app.state.runtime
        self._own = self._runtime.commits
        self._meanwhile: Interruption | None = meanwhile

    async def commit(self, writes: Writes) -> None:
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile is not None:
            self._runtime.commits = self._own
            await meanwhile()
        await self._own.commit(writes)


def interrupt(desk: Desk, meanwhile: Interruption) -> None:
    """Have something happen between the decision of the next request and its commit."""
    desk.app.state.runtime.commits = Interrupted(desk, meanwhile)


async def hears_while(desk: Desk, event: Event, meanwhile: Interruption) -> None:
    """Hear an event while something happens between its decision and its commit, as the consumer repeats a conflict."""
    arrived = received(event, desk.clock())

    async def prepared() -> Session:
        session = Session(desk.mongo, desk.clock)
        await hear(arrived, session.unit(Cause(arrived.metadata.id, "test")), MARKETS)
        return session

    first = await prepared()
    await meanwhile()
    try:
        await first.commit()
    except Conflict:
        await (await prepared()).commit()


async def stage_of(desk: Desk, id: str) -> str:
    return str((await desk.get(BUYER, f"/disputes/{id}")).json()["stage"])


async def opening(desk: Desk) -> tuple[int, str]:
    answer = await desk.post(BUYER, "/cases/cas_1/disputes", CLAIM)
    return answer.status_code, str(answer.json().get("dispute_id", ""))


@pytest.mark.rule("S-9")
async def test_a_dispute_that_is_opened_while_a_takeover_arrives_is_mediated(casework: Desk, replica: Desk) -> None:
    """INVARIANT: no negotiation with a seller who is locked out; a case that is read and not guarded would break it."""
    interrupt(casework, lambda: replica.hears(activated()))
    status, id = await opening(casework)
    assert (status, await stage_of(casework, id)) == (201, "MEDIATION")


@pytest.mark.rule("S-9")
async def test_a_takeover_that_arrives_while_a_dispute_is_opened_escalates_it(casework: Desk) -> None:
    """INVARIANT: the other order; a takeover that looks for disputes before it has read the case would break it."""
    made: list[tuple[int, str]] = []

    async def open_it() -> None:
        made.append(await opening(casework))

    await hears_while(casework, activated(), open_it)
    ((status, id),) = made
    assert (status, await stage_of(casework, id)) == (201, "MEDIATION")


@pytest.mark.rule("S-9")
async def test_a_dispute_is_not_opened_while_its_case_is_closed(casework: Desk, replica: Desk) -> None:
    interrupt(casework, lambda: replica.hears(CLOSED))
    assert (await opening(casework))[0] == 409


@pytest.mark.rule("S-9")
async def test_an_offer_and_an_escalation_do_not_both_count(casework: Desk, replica: Desk) -> None:
    id = await a_dispute(casework)
    offer_id = await an_offer(casework, id, "PARTIAL_REFUND", 3_000)
    await casework.done(BUYER, f"/disputes/{id}/offers/{offer_id}/refusal")
    interrupt(casework, lambda: replica.done(BUYER, f"/disputes/{id}/escalation"))
    body = {"remedy": "PARTIAL_REFUND", "amount_minor": 4_000, "currency": "EUR"}
    assert (await casework.post(SELLER, f"/disputes/{id}/offers", body)).status_code == 409
    assert await stage_of(casework, id) == "MEDIATION"


@pytest.mark.rule("S-9")
async def test_an_escalation_after_an_offer_that_came_between_still_counts(casework: Desk, replica: Desk) -> None:
    id = await a_dispute(casework)
    offer_id = await an_offer(casework, id, "PARTIAL_REFUND", 3_000)
    await casework.done(BUYER, f"/disputes/{id}/offers/{offer_id}/refusal")
    interrupt(casework, lambda: an_offer(replica, id, "PARTIAL_REFUND", 4_000))
    assert (await casework.post(BUYER, f"/disputes/{id}/escalation")).status_code == 200
    shown = (await casework.get(BUYER, f"/disputes/{id}")).json()
    assert (shown["stage"], len(shown["offers"])) == ("MEDIATION", 2)


@pytest.mark.rule("S-9", "S-10")
async def test_two_decisions_at_once_do_not_give_the_same_money_back_twice(casework: Desk, replica: Desk) -> None:
    """INVARIANT: casework, section 4; what is left that is read and neither written nor guarded would break it."""
    first = await a_mediated_dispute(casework, reason="UNSAFE")
    await casework.hears(opened("cas_2"))
    second = await a_dispute(casework, case_id="cas_2", reason="LATE")
    await casework.post(SELLER, f"/disputes/{second}/escalation")
    interrupt(casework, lambda: replica.done(MEDIATOR, f"/disputes/{first}/decision", decision()))
    answer = await casework.post(MEDIATOR, f"/disputes/{second}/decision", decision())
    assert answer.status_code == 409, answer.text


@pytest.mark.rule("S-4", "S-9")
async def test_one_person_does_not_decide_two_disputes_of_a_case_at_once(casework: Desk, replica: Desk) -> None:
    """INVARIANT: S-4; noting who decided in another transaction than the decision would break it."""
    unsafe, late = [await a_mediated_dispute(casework, reason=reason) for reason in ("UNSAFE", "LATE")]
    part = decision("PRICE_REDUCTION", 1_000)
    interrupt(casework, lambda: replica.done(MEDIATOR, f"/disputes/{unsafe}/decision", part))
    answer = await casework.post(MEDIATOR, f"/disputes/{late}/decision", part)
    assert answer.json()["type"].endswith("earlier_judge"), answer.text


@pytest.mark.rule("S-9")
async def test_an_offer_is_not_made_above_what_a_decision_left_meanwhile(casework: Desk, replica: Desk) -> None:
    unsafe = await a_mediated_dispute(casework, reason="UNSAFE")
    late = await a_dispute(casework, reason="LATE")
    part = decision("PRICE_REDUCTION", 9_000)
    interrupt(casework, lambda: replica.done(MEDIATOR, f"/disputes/{unsafe}/decision", part))
    body = {"remedy": "PARTIAL_REFUND", "amount_minor": 4_000, "currency": "EUR"}
    assert (await casework.post(SELLER, f"/disputes/{late}/offers", body)).status_code == 409


@pytest.mark.rule("R-45")
@pytest.mark.rule("S-9")
async def test_of_two_claims_opened_at_once_under_the_limit_the_second_sees_the_first(casework: Desk) -> None:
    """INVARIANT: would break if two openings, each of which finds no live dispute, both passed the limit."""
    limited = findings.ClaimsSanctioned.model_construct(
        sanction_id="snc_1", person_id="buy_1", role="buyer", step="limit", case_id="cas_1"
    )
    await casework.hears(told(limited, "snc_1", 3))

    async def prepared(opening: OpenDispute) -> Session:
        session = Session(casework.mongo, casework.clock)
        await open_dispute(opening, ADMITTED, 12_990, session.unit(Cause(opening.dispute_id, "test")), evidenced=True)
        return session

    late = replace(OPEN, dispute_id="dsp_2", reason="LATE", family="DELIVERY", claimed_remedy="SHIPPING_REFUND")
    first, second = await prepared(OPEN), await prepared(late)
    await first.commit()
    with pytest.raises(Conflict):
        await second.commit()
    with pytest.raises(OneDisputeAtATime):
        await prepared(late)


ABOUT_IT = opened("cas_7").model_copy(update={"market": "es", "reason": "NOT_RECEIVED", "family": "DELIVERY"})
DELIVERED = OrderDelivered(order_id="ord_3", line_id="lin_4", delivered_at=NOON)


@pytest.mark.rule("R-47")
@pytest.mark.parametrize(
    ("event", "meanwhile", "decided"),
    [(lapsed(), ABOUT_IT, 1), (ABOUT_IT, lapsed(), 1), (lapsed(), DELIVERED, 0), (DELIVERED, lapsed(), 1)],
)
async def test_a_guarantee_is_granted_once_whatever_is_heard_at_the_same_moment(
    casework: Desk, event: Event, meanwhile: Event, decided: int
) -> None:
    """INVARIANT: would break if the lapse and the case each found nothing of the other, or a delivery were overlooked."""
    if DELIVERED in (event, meanwhile):
        await casework.hears(ABOUT_IT)
    await hears_while(casework, event, lambda: casework.hears(meanwhile))
    assert len(await casework.events_of("disputes.dispute_decided")) == decided
