"""Who decided anything about it neither judges the contest of a charge nor approves one (S-4), whatever happened in between."""

import pytest
from billing_desk import PLACED, TAKEN_OVER
from money_bench import LV, Billing, appealed, by, paid, refused
from return_events import label, refund

from billing.charges.charging import WantedCharge, approve, propose_line, review
from billing.charges.domain import ContestCharge, Status, UpholdCharge
from billing.charges.store import CHARGES
from billing.decisions.store import known_decision
from billing.lines.store import bought_line
from billing.refusals import OwnDecision
from chassis.testing import NOON
from ombud_contracts import Event
from ombud_contracts.events import disputes, takeovers, ticketing

pytestmark = pytest.mark.rule("S-4")


def by_agent(event: ticketing.TakeoverActivated, **changes: object) -> ticketing.TakeoverActivated:
    decision = event.decision.model_copy(update={"decided_by": "agent", "decider_id": "agt_3", **changes})
    return event.model_copy(update={"decision": decision})


def decided_by(who: str) -> disputes.DisputeDecided:
    return by("dec_1", 9_000).model_copy(update={"mediator_id": who})


AT_ONCE = by_agent(TAKEN_OVER, trigger="T4", charges_announced=(), awaits_verdict=True)
JUDGED = takeovers.TakeoverJudged(
    takeover_id="tko_1",
    case_id="cas_1",
    seller_id="sel_2",
    buyer_id="buy_1",
    order_id="ord_3",
    line_id="lin_4",
    trigger="T4",
    verdict="confirmed",
    reason="activation_lock_seen",
    facts=("fct_1",),
    decided_by="mediator",
    decider_id="med_1",
    charges_announced=("HANDLING_FEE",),
    appeal_until=NOON,
    judged_at=NOON,
)


def looked_at_again(outcome: str) -> takeovers.TakeoverAppealDecided:
    return takeovers.TakeoverAppealDecided(
        takeover_id="tko_1",
        case_id="cas_1",
        appeal_id="apl_1",
        outcome=outcome,
        reasons=("facts_hold",),
        decided_by="supervisor",
        reviewer_id="sup_1",
        decided_at=NOON,
    )


STORIES: dict[str, tuple[list[Event], tuple[str, str], set[str]]] = {
    "a takeover": ([by_agent(TAKEN_OVER)], ("tko_1", "handling_fee"), {"agt_3"}),
    "a takeover that an appeal upheld": (
        [by_agent(TAKEN_OVER), looked_at_again("UPHELD")],
        ("tko_1", "handling_fee"),
        {"agt_3", "sup_1"},
    ),
    "a takeover whose appeal said nothing": (
        [by_agent(TAKEN_OVER), looked_at_again("INADMISSIBLE")],
        ("tko_1", "handling_fee"),
        {"agt_3", "sup_1"},
    ),
    "contact at once, then a verdict": ([AT_ONCE, JUDGED], ("tko_1", "handling_fee"), {"agt_3", "med_1"}),
    "a decision": ([decided_by("med_1")], ("dec_1", "refund"), {"med_1"}),
    "a decision that an appeal upheld": (
        [decided_by("med_1"), appealed("UPHELD")],
        ("dec_1", "refund"),
        {"med_1", "sup_1"},
    ),
    "a decision whose appeal said nothing": (
        [decided_by("med_1"), appealed("INADMISSIBLE")],
        ("dec_1", "refund"),
        {"med_1", "sup_1"},
    ),
    "an appeal that is heard before its decision": (
        [appealed("UPHELD"), decided_by("med_1")],
        ("dec_1", "refund"),
        {"med_1", "sup_1"},
    ),
    "what holds instead of an amended decision": (
        [decided_by("med_1"), appealed("AMENDED", by("dec_2", 10_000), 9_000)],
        ("dec_2", "refund"),
        {"med_1", "sup_1"},
    ),
    "a return": ([refund(9_000, decider="med_1")], ("dec_r", "refund"), {"med_1"}),
    "a return with a label before it": ([label(), refund(9_000, decider="med_1")], ("dec_r", "refund"), {"med_1"}),
}


async def judge(billing: Billing, charge_id: str, who: str) -> None:
    unit = billing.unit()
    await unit.execute(CHARGES, charge_id, ContestCharge("wrong", NOON))
    charge = await review(charge_id, UpholdCharge("right", who, NOON), unit)
    assert charge.verdict == "right"


@pytest.mark.parametrize("refuses", [False, True], ids=["paid", "refused and ordered anew"])
@pytest.mark.parametrize("story", STORIES)
async def test_who_decided_does_not_judge_what_is_charged_by_it(story: str, refuses: bool) -> None:
    """INVARIANT: would break if only the last decider were known, or a charge that is proposed anew forgot them."""
    events, charge, deciders = STORIES[story]
    billing = Billing()
    await billing.hear(PLACED, *events)
    for ordered in [r for r in billing.refunds() if r.order.decision_id == charge[0]]:
        if refuses:
            await billing.hear(refused(ordered))
            await billing.again(ordered)
        await billing.hear(paid(billing.refunds()[-1]))
    id = billing.charges()[charge].terms.charge_id
    for who in sorted(deciders):
        with pytest.raises(OwnDecision):
            await judge(billing, id, who)
    await judge(billing, id, "sup_9")


async def test_who_judged_an_appeal_approves_nothing_that_rests_on_the_decision() -> None:
    billing = Billing()
    await billing.hear(PLACED, decided_by("med_1"), appealed("UPHELD"))
    unit = billing.unit()
    known, line = await known_decision(unit, "dec_1"), await bought_line(unit, "ord_3", "lin_4")
    assert known is not None
    assert known.decision is not None
    assert line is not None
    wanted = WantedCharge(
        decision=known.decision, line="repair", kind="REPAIR", net_minor=1_000, proposed_by="agt_9", receipt="rcp_1"
    )
    proposal = await propose_line(wanted, "EUR", line, LV, unit)
    for who in ("med_1", "sup_1"):
        with pytest.raises(OwnDecision):
            await approve(proposal, who, None, line, LV, unit)
    assert (await approve(proposal, "sup_9", None, line, LV, unit)).status == Status.POSTED
