"""Stories over a case and its takeover: both are written in one transaction, or neither."""

from dataclasses import replace
from datetime import timedelta

import pytest
from casework import LV, MARKETS
from casework import Casework as Opened
from ticketing_situations import BARE_GROUNDS, GROUNDS, LATER, NOON, OPEN, PROPOSE, RESOLVE

from chassis.consuming import NotYet
from ombud_contracts.events.sla_monitor import ClockBreached
from ombud_contracts.events.ticketing import TraceSegment
from ombud_contracts.vocabulary import Trigger
from ombud_words import Role
from ticketing.cases.domain import case
from ticketing.cases.domain.refusals import ContactAlreadyTakenOver, UnknownCase
from ticketing.cases.store import CASES
from ticketing.desk.closing import close
from ticketing.takeovers.by_people import grounds_from_people
from ticketing.takeovers.deciding import hand_back
from ticketing.takeovers.domain import takeover
from ticketing.takeovers.domain.grounds import Fact
from ticketing.takeovers.domain.refusals import (
    FactMissing,
    TakeoverAlreadyDecided,
    TriggerNotForPeople,
    UnknownTakeover,
)
from ticketing.takeovers.silence import follow_silence
from ticketing.takeovers.store import TAKEOVERS

BREACH = ClockBreached(
    clock_id="clk_1",
    case_id="cas_1",
    kind="reply",
    owner="seller",
    round=1,
    due_by=NOON,
    emitted_late=False,
    still_owed=True,
    on_silence="takeover_missed_deadline",
    policy_version="1",
    calendar_version="1",
    trace=(
        TraceSegment(
            from_at=NOON - timedelta(days=1),
            to_at=NOON,
            counted=True,
            seconds=86_400,
            cause="open",
            calendar_version="1",
        ),
    ),
)


class Casework(Opened):
    """An open case whose clock can be breached."""

    async def breached(self, breach: ClockBreached = BREACH, market: str = "lv") -> list[str]:
        return await self.run(lambda unit: follow_silence(breach, "clk_1:4", {"lv": MARKETS[market]}, unit))


@pytest.fixture
async def casework() -> Casework:
    made = Casework()
    await made.opened()
    return made


async def test_a_takeover_writes_the_record_and_the_cases_owner_in_one_transaction(casework: Casework) -> None:
    """INVARIANT: no case is taken over without its decision record; two transactions would break it."""
    assert await casework.activated() == ["cases", "takeovers"]
    (record,) = await casework.takeovers()
    assert (await casework.case()).takeover_id == record.id == "tko_1"
    assert record.status == takeover.Status.ACTIVE
    assert casework.published()[-2:] == ["ticketing.notice_issued", "ticketing.takeover_activated"]


@pytest.mark.parametrize("trigger", sorted(set(Trigger) - {Trigger.MISSED_DEADLINE}))
def test_people_name_every_trigger_but_the_missed_deadline(trigger: Trigger) -> None:
    """Section 4: T1 is told by the clock alone."""
    assert grounds_from_people(LV, trigger, GROUNDS.facts).facts == GROUNDS.facts
    with pytest.raises(TriggerNotForPeople):
        grounds_from_people(LV, Trigger.MISSED_DEADLINE, GROUNDS.facts)


async def test_a_decision_may_add_the_facts_that_a_proposal_lacks(casework: Casework) -> None:
    """Section 4: a missing fact refuses the decision, not the proposal; each event counts once."""
    await casework.execute(TAKEOVERS, "tko_1", replace(PROPOSE, grounds=BARE_GROUNDS))
    with pytest.raises(FactMissing):
        await casework.activated(grounds=BARE_GROUNDS)
    await casework.activated(grounds=BARE_GROUNDS.with_facts(GROUNDS.facts))
    (record,) = await casework.takeovers()
    assert (record.status, record.grounds.facts) == (takeover.Status.ACTIVE, GROUNDS.facts)


async def test_a_decision_says_until_when_it_can_be_appealed_and_what_it_costs(casework: Casework) -> None:
    await casework.activated()
    (record,) = await casework.takeovers()
    assert record.decision is not None
    assert record.decision.appeal_until == LATER + timedelta(days=LV.legal.appeal_days)
    assert record.decision.charges_announced == ("HANDLING_FEE",)
    assert record.decision.alternatives == ("remind_again", "leave_with_seller")


async def test_a_refused_decision_writes_neither(casework: Casework) -> None:
    before = dict(casework.store.aggregates)
    with pytest.raises(FactMissing):
        await casework.activated(grounds=BARE_GROUNDS)
    await casework.activated()
    with pytest.raises(ContactAlreadyTakenOver):
        await casework.activated("tko_2")
    assert casework.store.aggregates.keys() - before.keys() == {("takeovers", "tko_1")}


async def test_a_repeated_decision_changes_nothing(casework: Casework) -> None:
    await casework.activated()
    assert await casework.activated() == []


async def test_a_declined_proposal_cannot_be_activated(casework: Casework) -> None:
    await casework.execute(TAKEOVERS, "tko_1", PROPOSE)
    await casework.execute(TAKEOVERS, "tko_1", takeover.DeclineTakeover("answered", Role.AGENT, LATER))
    with pytest.raises(TakeoverAlreadyDecided):
        await casework.activated()
    assert not (await casework.case()).taken_over


async def test_a_hand_back_ends_the_record_and_frees_the_case_in_one_transaction(casework: Casework) -> None:
    await casework.activated()
    assert await casework.run(lambda unit: hand_back("tko_1", "cooperates", Role.AGENT, LATER, unit)) == [
        "cases",
        "takeovers",
    ]
    (record,) = await casework.takeovers()
    assert record.status == takeover.Status.HANDED_BACK
    assert not (await casework.case()).taken_over


async def test_a_repeated_hand_back_changes_nothing(casework: Casework) -> None:
    await casework.activated()
    await casework.run(lambda unit: hand_back("tko_1", "cooperates", Role.AGENT, LATER, unit))
    assert await casework.run(lambda unit: hand_back("tko_1", "cooperates", Role.AGENT, LATER, unit)) == []
    await casework.activated("tko_2")
    assert await casework.run(lambda unit: hand_back("tko_1", "cooperates", Role.AGENT, LATER, unit)) == []
    assert (await casework.case()).takeover_id == "tko_2"


async def test_what_was_never_decided_cannot_be_handed_back(casework: Casework) -> None:
    with pytest.raises(UnknownTakeover):
        await casework.run(lambda unit: hand_back("tko_1", "cooperates", Role.AGENT, LATER, unit))
    with pytest.raises(UnknownCase):
        await casework.run(lambda unit: close("cas_2", LATER, unit))


async def test_closing_concludes_the_takeover_in_one_transaction(casework: Casework) -> None:
    await casework.activated()
    await casework.execute(CASES, "cas_1", RESOLVE)
    assert await casework.run(lambda unit: close("cas_1", LATER, unit)) == ["cases", "takeovers"]
    (record,) = await casework.takeovers()
    assert record.status == takeover.Status.CONCLUDED
    assert (await casework.case()).status == case.Status.CLOSED
    assert await casework.run(lambda unit: close("cas_1", LATER, unit)) == []


async def test_closing_declines_more_proposals_than_one_query_returns(casework: Casework) -> None:
    for number in range(51):
        await casework.execute(TAKEOVERS, f"tko_{number}", replace(PROPOSE, takeover_id=f"tko_{number}"))
    await casework.execute(CASES, "cas_1", RESOLVE)
    await casework.run(lambda unit: close("cas_1", LATER, unit))
    assert {record.status for record in await casework.takeovers()} == {takeover.Status.DECLINED}


async def test_closing_a_case_of_the_sellers_writes_the_case_alone(casework: Casework) -> None:
    await casework.execute(CASES, "cas_1", RESOLVE)
    assert await casework.run(lambda unit: close("cas_1", LATER, unit)) == ["cases"]


async def test_a_missed_deadline_takes_the_contact_over_by_itself(casework: Casework) -> None:
    """T1, section 4: automatic, with the deadline's trace as the fact."""
    assert await casework.breached() == ["cases", "takeovers"]
    (record,) = await casework.takeovers()
    assert record.grounds.trigger == "T1"
    assert record.grounds.facts == (Fact("clk_1:4", ("deadline_trace",)),)
    assert sum(s.seconds for s in record.grounds.deadline_trace if s.counted) == 86_400
    assert (await casework.case()).taken_over


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "platform_reply", "owner": "agent"},
        {"owner": "agent"},
        {"still_owed": False},
        {"grace_ends_at": LATER + timedelta(seconds=1)},
    ],
)
async def test_no_takeover_while_the_seller_still_has_time_or_owes_nothing(
    casework: Casework, change: dict[str, object]
) -> None:
    assert await casework.breached(BREACH.model_copy(update=change)) == []


async def test_the_end_of_grace_is_in_time_for_the_takeover(casework: Casework) -> None:
    over = BREACH.model_copy(update={"grace_ends_at": NOON})
    assert await casework.breached(over) == ["cases", "takeovers"]


async def test_a_market_may_have_missed_deadlines_recommended_instead(casework: Casework) -> None:
    rule = LV.takeovers["T1"].model_copy(update={"mode": "recommend"})  # type: ignore[index]
    market = LV.model_copy(update={"takeovers": {**LV.takeovers, "T1": rule}})
    recommended = await casework.run(lambda unit: follow_silence(BREACH, "clk_1:4", {"lv": market}, unit))
    assert recommended == ["takeovers"]
    (record,) = await casework.takeovers()
    assert record.status == takeover.Status.PROPOSED
    assert not (await casework.case()).taken_over


async def test_a_breach_before_its_case_waits_for_it() -> None:
    with pytest.raises(NotYet):
        await Casework().breached()


async def test_a_breach_of_a_case_that_is_no_longer_the_sellers_changes_nothing(casework: Casework) -> None:
    await casework.activated()
    assert await casework.breached() == []
    other = Casework()
    await other.opened()
    await other.execute(CASES, "cas_1", RESOLVE)
    assert await other.breached() == []


async def test_a_round_leads_to_one_takeover_even_after_a_hand_back(casework: Casework) -> None:
    """The breach of a round can be told again for a moved deadline; the hand-back stands."""
    await casework.breached()
    (record,) = await casework.takeovers()
    await casework.run(lambda unit: hand_back(record.id, "cooperates", Role.AGENT, LATER, unit))
    assert await casework.breached() == []
    assert not (await casework.case()).taken_over
    await casework.breached(BREACH.model_copy(update={"round": 2}))
    assert (await casework.case()).taken_over


async def test_rules_are_those_of_the_cases_market(casework: Casework) -> None:
    other = Casework()
    await other.execute(CASES, "cas_1", replace(OPEN, market="pt"))
    await other.run(lambda unit: follow_silence(BREACH, "clk_1:4", MARKETS, unit))
    (record,) = await other.takeovers()
    assert record.grounds.clause_version == MARKETS["pt"].legal.version
    assert record.market == "pt"
