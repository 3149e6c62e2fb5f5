"""T7: what ticketing does when messaging's sanction ladder comes to a takeover, and when it steps back from there."""

from collections.abc import Callable

import pytest
from casework import LV, Casework, ruling
from ticketing_situations import LATER

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from ombud_contracts.events.messaging import SanctionImposed, SanctionLifted
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Trigger
from ticketing.cases.domain import case
from ticketing.cases.store import CASES
from ticketing.takeovers.deciding import activate
from ticketing.takeovers.domain.state import Status, Takeover
from ticketing.takeovers.off_platform import propose_after_sanction, withdraw_after_sanction

IMPOSED = SanctionImposed(
    sanction_id="snc_1",
    person_id="sel_1",
    role="seller",
    step="takeover",
    breaches=2,
    next_step="takeover",
    case_id="cas_1",
    message_id="msg_9",
    rules=("phone.plain",),
    facts=("cnv_cas_1:4", "cnv_cas_1:7"),
    takeover_round=1,
    imposed_at=LATER,
)
LIFTED = SanctionLifted(
    sanction_id="snc_1",
    person_id="sel_1",
    role="seller",
    step="hold_all",
    breaches=1,
    was_step="takeover",
    cause="reversed",
    reasons=("order_number",),
    pardoned=("msg_9",),
    takeover_round=1,
    takeover_withdrawn_from=("cas_1", "cas_none"),
    lifted_at=LATER,
)


def in_mode(mode: str) -> Market:
    rule = LV.takeovers[Trigger.OFF_PLATFORM].model_copy(update={"mode": mode})
    return LV.model_copy(update={"takeovers": {**LV.takeovers, Trigger.OFF_PLATFORM: rule}})


async def hear(desk: Casework, *events: SanctionImposed | SanctionLifted, market: Market = LV) -> list[Takeover]:
    for event in events:
        await desk.run(_heard(event, market))
    return await desk.takeovers()


def _heard(event: SanctionImposed | SanctionLifted, market: Market) -> Callable[[Unit], object]:
    if isinstance(event, SanctionImposed):
        return lambda unit: propose_after_sanction(event, {"lv": market}, unit)
    return lambda unit: withdraw_after_sanction(event, LATER, unit)


@pytest.fixture
async def casework() -> Casework:
    made = Casework()
    await made.opened()
    return made


async def test_the_step_of_a_takeover_proposes_it_with_the_facts_and_a_person_decides(casework: Casework) -> None:
    """Section 4: a trigger of its own, recommended by default, that rests on events."""
    (proposed,) = await hear(casework, IMPOSED)
    assert (proposed.status, proposed.grounds.trigger, proposed.grounds.clause) == (Status.PROPOSED, "T7", "S-4.7")
    assert [f.event_id for f in proposed.grounds.facts] == ["cnv_cas_1:4", "cnv_cas_1:7"]
    assert proposed.grounds.missing == ()
    state = await casework.case()
    await casework.run(lambda unit: activate(proposed.id, state, ruling(proposed.grounds), unit))
    (decided,) = await casework.takeovers()
    assert (decided.status, (await casework.case()).taken_over) == (Status.ACTIVE, True)


@pytest.mark.parametrize(
    "changes", [{"step": "hold_all"}, {"role": "buyer"}], ids=["a milder step", "a buyer, who owns no contact"]
)
async def test_nothing_else_proposes_one(casework: Casework, changes: dict[str, str]) -> None:
    assert await hear(casework, IMPOSED.model_copy(update=changes)) == []


async def test_a_case_is_proposed_once_in_a_round(casework: Casework) -> None:
    again = IMPOSED.model_copy(update={"message_id": "msg_10", "breaches": 3})
    assert len(await hear(casework, IMPOSED, again)) == 1
    assert len(await hear(casework, LIFTED, IMPOSED.model_copy(update={"takeover_round": 2}))) == 2


async def test_a_lifted_sanction_withdraws_the_proposal(casework: Casework) -> None:
    (withdrawn,) = await hear(casework, IMPOSED, LIFTED)
    assert (withdrawn.status, withdrawn.ended_because) == (Status.DECLINED, "sanction_lifted")
    assert await hear(casework, LIFTED) == [withdrawn]


async def test_what_a_rule_decided_is_undone_and_what_a_person_decided_stands(casework: Casework) -> None:
    (active,) = await hear(casework, IMPOSED, market=in_mode("automatic"))
    assert active.status == Status.ACTIVE
    assert active.decision is not None
    assert active.decision.alternatives == ("moderate_every_message", "warn_again")
    (undone,) = await hear(casework, LIFTED)
    assert (undone.status, (await casework.case()).taken_over) == (Status.HANDED_BACK, False)
    other = Casework()
    await other.opened()
    (proposed,) = await hear(other, IMPOSED)
    state = await other.case()
    await other.run(lambda unit: activate(proposed.id, state, ruling(proposed.grounds), unit))
    assert [t.status for t in await hear(other, LIFTED)] == [Status.ACTIVE]


async def test_a_market_may_leave_it_to_people_or_have_no_such_trigger(casework: Casework) -> None:
    without = LV.model_copy(update={"takeovers": {Trigger.MISSED_DEADLINE: LV.takeovers[Trigger.MISSED_DEADLINE]}})
    assert await hear(casework, IMPOSED, market=without) == []
    (eligible,) = await hear(casework, IMPOSED, market=in_mode("manual"))
    assert (eligible.status, eligible.grounds.missing) == (Status.ELIGIBLE, ())
    assert casework.published()[-1] == "ticketing.takeover_found_eligible"


async def test_a_case_that_is_not_known_yet_is_waited_for_and_one_that_is_resolved_is_left_alone() -> None:
    with pytest.raises(NotYet):
        await hear(Casework(), IMPOSED)
    resolved = Casework()
    await resolved.opened()
    await resolved.execute(CASES, "cas_1", case.ResolveCase("answered", LATER))
    assert await hear(resolved, IMPOSED) == []
