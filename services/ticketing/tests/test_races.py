"""What two people, or a person and a clock, decide about the same case at the same moment, on real MongoDB (S-9).

Each pair is decided on one state and committed in both orders: whoever comes second decides again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from casework import LV, MARKETS, ruling
from casework_desk import BREACHED, on_clock
from ticketing_situations import GROUNDS, LATER, NOON, OPEN, RESOLVE

from chassis.aggregate import Cause, Session, Unit
from chassis.allowance import Limits
from chassis.auth import Actor
from chassis.mongo import Mongo
from chassis.store import Conflict
from chassis.testing import FixedClock, told
from ombud_contracts import Event
from ombud_contracts.events import marketplace
from ombud_contracts.events import sla_monitor as clocks
from ombud_contracts.events.messaging import SanctionImposed, SanctionLifted
from ombud_words import PersonId, Role
from ticketing.cases.api import OpenCaseRequest, open_case
from ticketing.cases.domain import Case, Refusal
from ticketing.cases.domain.state import Status
from ticketing.cases.store import CASES
from ticketing.consumers import casework
from ticketing.desk.closing import close, merge_and_decline
from ticketing.takeovers.deciding import activate, hand_back, propose
from ticketing.takeovers.domain.commands import DeclineTakeover
from ticketing.takeovers.domain.state import Status as TakeoverStatus
from ticketing.takeovers.domain.state import Takeover
from ticketing.takeovers.store import TAKEOVERS, list_takeovers

pytestmark = pytest.mark.rule("S-9")

Effect = Callable[[Unit], Awaitable[object]]
ASKS_PEOPLE = {
    "lv": LV.model_copy(
        update={"takeovers": {k: r.model_copy(update={"mode": "recommend"}) for k, r in LV.takeovers.items()}}
    )
}
WITHDRAWN = on_clock(clocks.BreachWithdrawn, cause="time_credited", withdrawn_at=LATER)
SANCTION = {"sanction_id": "snc_1", "person_id": "sel_1", "role": "seller", "takeover_round": 1}
IMPOSED = SanctionImposed(
    **SANCTION,
    step="takeover",
    breaches=2,
    next_step="takeover",
    case_id="cas_1",
    message_id="msg_9",
    rules=("phone.plain",),
    facts=("cnv_cas_1:4",),
    imposed_at=LATER,
)
LIFTED = SanctionLifted(
    **SANCTION,
    step="hold_all",
    breaches=1,
    was_step="takeover",
    cause="reversed",
    reasons=("order_number",),
    pardoned=("msg_9",),
    takeover_withdrawn_from=("cas_1",),
    lifted_at=LATER,
)
PLACED = marketplace.OrderPlaced(
    order_id="ord_1",
    buyer_id="buy_1",
    seller_id="sel_1",
    market="lv",
    currency="EUR",
    placed_at=NOON - timedelta(days=9),
    lines=(
        marketplace.OrderLine(
            line_id="lin_1",
            listing=marketplace.ListingSnapshot(listing_id="lst_1", title="Phone", condition="new"),
            quantity=1,
            price_minor=9_000,
            shipping_minor=0,
            promised_by=NOON - timedelta(days=1),
            terms=marketplace.SellerTerms(version="1", return_days=30, warranty_months=12),
        ),
    ),
)
DELIVERED = marketplace.OrderDelivered(order_id="ord_1", line_id="lin_1", delivered_at=NOON)


class Casework:
    """One case on MongoDB, and two who decide about it at once."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo = mongo

    def session(self) -> Session:
        return Session(self.mongo, FixedClock(LATER))

    async def done(self, effect: Effect) -> None:
        session = self.session()
        await effect(session.unit(Cause("test", "test")))
        await session.commit()

    async def race(self, first: Effect, second: Effect) -> str | None:
        """Let both decide on what stands now, and the first commit; return what the second is refused by, if it is."""
        winner, loser = self.session(), self.session()
        await first(winner.unit(Cause("first", "test")))
        await second(loser.unit(Cause("second", "test")))
        await winner.commit()
        with pytest.raises(Conflict):
            await loser.commit()
        try:
            await self.done(second)
        except Refusal as refusal:
            return type(refusal).__name__
        return None

    async def case(self) -> Case:
        found = await self.session().unit(Cause("test", "test")).read(CASES, "cas_1")
        assert found is not None
        return found

    async def takeovers(self) -> list[tuple[str, TakeoverStatus]]:
        return [(t.grounds.trigger, t.status) for t in await list_takeovers(self.mongo, "cas_1")]


def of_case(*commands: object) -> Effect:
    async def effect(unit: Unit) -> None:
        for command in commands:
            await unit.execute(CASES, "cas_1", command)

    return effect


def heard(event: Event, subject: str, sequence: int) -> Effect:
    arrived = told(event, subject, sequence, case_id="cas_1", at=LATER)
    return lambda unit: casework(ASKS_PEOPLE).handle(arrived, unit)


def taken_over(takeover_id: str) -> Effect:
    async def effect(unit: Unit) -> Takeover:
        case, known = await unit.read(CASES, "cas_1"), await unit.read(TAKEOVERS, takeover_id)
        assert case is not None
        return await activate(takeover_id, case, ruling(known.grounds if known else GROUNDS), unit)

    return effect


async def proposed(unit: Unit) -> None:
    case = await unit.read(CASES, "cas_1")
    assert case is not None
    await propose("tko_1", case, GROUNDS, Role.SELLER, LATER, unit)


async def closed(unit: Unit) -> Case:
    return await close("cas_1", LATER, unit)


async def declined(unit: Unit) -> Takeover:
    return await unit.execute(TAKEOVERS, "tko_1", DeclineTakeover("no_grounds", Role.AGENT, LATER))


async def handed_back(unit: Unit) -> Takeover:
    return await hand_back("tko_1", "cooperates", Role.AGENT, LATER, unit)


async def merged_into_another(unit: Unit) -> Case:
    ends, goes_on = await unit.read(CASES, "cas_1"), await unit.read(CASES, "cas_0")
    assert ends is not None
    assert goes_on is not None
    return await merge_and_decline(ends, goes_on, Role.AGENT, unit)


async def another_opened(unit: Unit) -> None:
    await unit.execute(CASES, "cas_0", replace(OPEN, case_id="cas_0", number="LV-26-0"))


async def another_resolved(unit: Unit) -> None:
    await unit.execute(CASES, "cas_0", RESOLVE)


@pytest.fixture
async def desk(mongo: Mongo) -> Casework:
    made = Casework(mongo)
    await made.done(of_case(OPEN))
    return made


async def test_a_takeover_is_decided_while_its_case_is_resolved(desk: Casework) -> None:
    """INVARIANT: would break if a takeover did not write the case that it takes over."""
    assert await desk.race(of_case(RESOLVE), taken_over("tko_1")) == "CaseNotOpen"
    assert ((await desk.case()).taken_over, await desk.takeovers()) == (False, [])


async def test_a_case_is_resolved_while_a_takeover_of_it_is_decided(desk: Casework) -> None:
    assert await desk.race(taken_over("tko_1"), of_case(RESOLVE)) is None
    assert ((await desk.case()).taken_over, await desk.takeovers()) == (True, [("T2", TakeoverStatus.ACTIVE)])
    await desk.done(closed)
    assert await desk.takeovers() == [("T2", TakeoverStatus.CONCLUDED)]


async def test_a_takeover_is_proposed_while_its_case_is_closed(desk: Casework) -> None:
    """INVARIANT: would break if a proposal rested on a case that it had only read."""
    await desk.done(of_case(RESOLVE))
    assert await desk.race(closed, proposed) == "CaseNotOpen"
    assert await desk.takeovers() == []


async def test_a_case_is_closed_while_its_takeover_is_proposed(desk: Casework) -> None:
    await desk.done(of_case(RESOLVE))
    """INVARIANT: S-3; would break if closing read the proposals of a case beside its transaction."""
    assert await desk.race(proposed, closed) is None
    assert await desk.takeovers() == [("T2", TakeoverStatus.DECLINED)]
    assert (await desk.case()).status == Status.CLOSED


async def test_a_proposal_is_decided_while_its_case_is_closed(desk: Casework) -> None:
    await desk.done(proposed)
    await desk.done(of_case(RESOLVE))
    assert await desk.race(closed, declined) is None
    assert await desk.takeovers() == [("T2", TakeoverStatus.DECLINED)]


async def test_a_clock_proposes_a_takeover_while_the_case_is_resolved(desk: Casework) -> None:
    """INVARIANT: T1 is about an open case; would break if the clock's proposal did not guard it."""
    assert await desk.race(of_case(RESOLVE), heard(BREACHED, "clk_1", 4)) is None
    assert await desk.takeovers() == []


async def test_a_proposal_is_decided_while_the_breach_that_it_rests_on_is_withdrawn(desk: Casework) -> None:
    """INVARIANT: would break if the grounds of a decision were read from a proposal beside its transaction."""
    await desk.done(heard(BREACHED, "clk_1", 4))
    ((trigger, status), id) = (await desk.takeovers())[0], (await list_takeovers(desk.mongo, "cas_1"))[0].id
    assert (trigger, status) == ("T1", TakeoverStatus.PROPOSED)
    assert await desk.race(heard(WITHDRAWN, "clk_1", 5), taken_over(id)) == "TakeoverAlreadyDecided"
    assert ((await desk.case()).taken_over, await desk.takeovers()) == (False, [("T1", TakeoverStatus.DECLINED)])


async def test_a_breach_is_withdrawn_while_the_proposal_that_rests_on_it_is_decided(desk: Casework) -> None:
    await desk.done(heard(BREACHED, "clk_1", 4))
    id = (await list_takeovers(desk.mongo, "cas_1"))[0].id
    assert await desk.race(taken_over(id), heard(WITHDRAWN, "clk_1", 5)) is None
    assert ((await desk.case()).taken_over, await desk.takeovers()) == (False, [("T1", TakeoverStatus.REVERSED)])


async def test_a_breach_is_replayed_while_its_withdrawal_is_heard(desk: Casework) -> None:
    """INVARIANT: would break if what was heard last of a round were read, and not compared at commit."""
    assert await desk.race(heard(WITHDRAWN, "clk_1", 5), heard(BREACHED, "clk_1", 4)) is None
    assert await desk.takeovers() == []


async def test_two_takeovers_are_decided_at_once(desk: Casework) -> None:
    """INVARIANT: a contact is taken over by one decision at a time."""
    assert await desk.race(taken_over("tko_1"), taken_over("tko_2")) == "ContactAlreadyTakenOver"
    assert await desk.takeovers() == [("T2", TakeoverStatus.ACTIVE)]


async def test_a_contact_is_handed_back_while_its_case_is_closed(desk: Casework) -> None:
    """INVARIANT: a takeover ends once; would break if closing read the takeover's end beside its transaction."""
    await desk.done(taken_over("tko_1"))
    await desk.done(of_case(RESOLVE))
    assert await desk.race(closed, handed_back) == "TakeoverAlreadyDecided"
    assert await desk.takeovers() == [("T2", TakeoverStatus.CONCLUDED)]


async def test_a_case_is_closed_while_its_contact_is_handed_back(desk: Casework) -> None:
    await desk.done(taken_over("tko_1"))
    await desk.done(of_case(RESOLVE))
    assert await desk.race(handed_back, closed) is None
    assert await desk.takeovers() == [("T2", TakeoverStatus.HANDED_BACK)]
    assert (await desk.case()).status == Status.CLOSED


@pytest.mark.parametrize(
    "known", [False, True], ids=["of which nothing was heard", "of which an earlier step was heard"]
)
async def test_a_sanctions_step_is_replayed_while_the_sanction_is_lifted(desk: Casework, known: bool) -> None:
    """INVARIANT: would break if the absence of an end were read and not guarded: the proposal would stand for ever."""
    if known:
        await desk.done(heard(IMPOSED.model_copy(update={"step": "warning"}), "snc_1", 1))
    assert await desk.race(heard(LIFTED, "snc_1", 3), heard(IMPOSED, "snc_1", 2)) is None
    assert await desk.takeovers() == []


async def test_a_sanction_is_lifted_while_its_step_is_replayed(desk: Casework) -> None:
    assert await desk.race(heard(IMPOSED, "snc_1", 2), heard(LIFTED, "snc_1", 3)) is None
    assert await desk.takeovers() == [("T7", TakeoverStatus.DECLINED)]


async def asked(unit: Unit) -> object:
    body = OpenCaseRequest(order_id="ord_1", line_id="lin_1", reason="NOT_RECEIVED", draft_id="drf_1")
    return await open_case(body, Actor(PersonId("buy_1"), Role.BUYER), unit, Limits({}), MARKETS)


@pytest.mark.rule("R-23")
@pytest.mark.parametrize("delivered_first", [True, False])
async def test_a_case_is_opened_while_the_delivery_of_its_line_is_heard(mongo: Mongo, delivered_first: bool) -> None:
    """INVARIANT: R-23; would break if the line that a priority rests on were read and not guarded."""
    desk = Casework(mongo)
    await desk.done(heard(PLACED, "ord_1", 1))
    pair = [heard(DELIVERED, "ord_1", 2), asked]
    assert await desk.race(*(pair if delivered_first else reversed(pair))) is None
    (opened,) = await mongo.find("cases", {}, limit=5)
    late = "promised_date_passed" in opened["state"]["priority_reasons"]
    assert late is not delivered_first


@pytest.mark.parametrize(
    ("first", "refusal"),
    [(another_resolved, "CaseNotOpen"), (taken_over("tko_1"), "ContactAlreadyTakenOver"), (proposed, None)],
)
async def test_a_case_is_merged_while_somebody_decides_about_one_of_the_two(
    desk: Casework, first: Effect, refusal: str | None
) -> None:
    """INVARIANT: would break if a merge did not write, or guard, both cases."""
    await desk.done(another_opened)
    assert await desk.race(first, merged_into_another) == refusal
    assert ((await desk.case()).merged_into is None) == (refusal is not None)
    assert TakeoverStatus.PROPOSED not in [status for _, status in await desk.takeovers()]


async def test_a_takeover_is_decided_while_its_case_is_merged(desk: Casework) -> None:
    await desk.done(another_opened)
    assert await desk.race(merged_into_another, taken_over("tko_1")) == "CaseNotOpen"
    assert await desk.takeovers() == []
