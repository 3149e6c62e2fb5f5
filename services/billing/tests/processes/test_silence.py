"""What billing does when somebody stays silent, for the round of the clock that says so and for no other, and what undoes it (S-3,
S-5, S-6)."""

from datetime import timedelta
from typing import Any

import pytest
from billing_desk import CLOSED, PLACED
from money_bench import MARKETS, Billing, a_proposal, appealed, by, paid, refused
from payout_events import ENDS, opened
from silence_events import hold_silence, silence

from billing.charges.domain import Charge, Status
from billing.payouts.domain import Hold
from billing.payouts.domain import Status as HoldStatus
from billing.payouts.holding import hold_id_of
from billing.payouts.store import HOLDS
from billing.processes.consumers import hear
from chassis.aggregate import Cause
from chassis.testing import NOON, told
from ombud_contracts import Event
from ombud_contracts.events import sla_monitor

DAY = timedelta(days=1)


@pytest.mark.rule("S-5")
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, Status.WITHDRAWN),
        ({"still_owed": False}, Status.PROPOSED),
        ({"grace_ends_at": NOON + timedelta(days=1)}, Status.PROPOSED),
        ({"on_silence": "supervisor_alarm"}, Status.PROPOSED),
        ({"subject": "chg_unknown"}, Status.PROPOSED),
    ],
)
async def test_a_proposal_lapses_when_its_clock_says_so(changes: dict[str, object], status: Status) -> None:
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", 3_000))
    charge = await a_proposal(billing)
    await billing.hear(silence(charge.terms.charge_id, **changes))
    assert billing.charges()["dec_1", "repair"].status == status


async def test_a_proposal_with_a_grace_lapses_when_that_ends() -> None:
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", 3_000))
    charge = await a_proposal(billing)
    breach = silence(charge.terms.charge_id).model_dump()
    known = {name: value for name, value in breach.items() if name in sla_monitor.GraceEnded.model_fields}
    ended = sla_monitor.GraceEnded(**known, ended_at=NOON)
    await billing.hear(ended)
    assert billing.charges()["dec_1", "repair"].status == Status.WITHDRAWN


ORDER = PLACED.model_copy(update={"lines": (PLACED.lines[0].model_copy(update={"price_minor": 500_000}),)})
"""Of a line that is dear enough for a charge that somebody must approve."""
LARGE = 400_000


def withdrawal(of: sla_monitor.ClockBreached) -> sla_monitor.BreachWithdrawn:
    known = {name: getattr(of, name) for name in sla_monitor.ClockEvent.model_fields}
    return sla_monitor.BreachWithdrawn(**known, cause="calendar_corrected", withdrawn_at=NOON)


async def hear_of_one_clock(billing: Billing, *events: tuple[int, sla_monitor.ClockEvent]) -> None:
    """Hear events of one clock in this order, each with its place among them."""
    for place, event in events:
        session = billing.session()
        await hear(told(event, "clk_1", place), session.unit(Cause("event", "test")), MARKETS)
        await session.commit()


async def a_large_proposal() -> tuple[Billing, str]:
    billing = Billing()
    await billing.hear(ORDER, by("dec_1", LARGE))
    charge = billing.charges()["dec_1", "refund"]
    assert (charge.status, charge.awaits_refund) == (Status.PROPOSED, True)
    return billing, charge.terms.charge_id


def the_charge(billing: Billing) -> Charge:
    return billing.charges()["dec_1", "refund"]


async def do_nothing(billing: Billing) -> None:
    pass


async def pay(billing: Billing) -> None:
    await billing.hear(paid(billing.refunds()[0]))


async def refuse(billing: Billing) -> None:
    await billing.hear(refused(billing.refunds()[0]))


async def refuse_and_order_anew(billing: Billing) -> None:
    await refuse(billing)
    await billing.again(billing.refunds()[0])


async def close(billing: Billing) -> None:
    await billing.hear(CLOSED)


async def reverse(billing: Billing) -> None:
    await billing.hear(appealed("REVERSED"))


MEANWHILE = {
    "nothing": (do_nothing, (Status.PROPOSED, True)),
    "its refund was paid": (pay, (Status.PROPOSED, False)),
    "its refund was refused": (refuse, (Status.RELEASED, True)),
    "its refund was ordered anew": (refuse_and_order_anew, (Status.PROPOSED, True)),
    "its case was closed": (close, (Status.WITHDRAWN, True)),
    "its decision was reversed": (reverse, (Status.WITHDRAWN, True)),
}


@pytest.mark.rule("S-3")
@pytest.mark.parametrize("meanwhile", MEANWHILE)
async def test_a_proposal_that_lapsed_before_its_time_had_passed_waits_again_while_its_ground_stands(
    meanwhile: str,
) -> None:
    """INVARIANT: would break if what silence led to stayed when nobody had been silent for long enough."""
    step, (status, awaits) = MEANWHILE[meanwhile]
    billing, id = await a_large_proposal()
    breach = silence(id)
    await billing.hear(breach)
    assert the_charge(billing).status == Status.WITHDRAWN
    await step(billing)
    await billing.hear(withdrawal(breach), withdrawal(breach))
    assert (the_charge(billing).status, the_charge(billing).awaits_refund) == (status, awaits)


@pytest.mark.rule("S-3")
async def test_a_breach_whose_withdrawal_is_heard_first_ends_nothing() -> None:
    billing, id = await a_large_proposal()
    breach = silence(id)
    await hear_of_one_clock(billing, (4, withdrawal(breach)), (3, breach))
    assert the_charge(billing).status == Status.PROPOSED
    await hear_of_one_clock(billing, (5, breach))
    assert the_charge(billing).status == Status.WITHDRAWN, "the round can be breached again"


@pytest.mark.rule("S-3")
async def test_an_older_withdrawal_that_is_told_again_revives_nothing() -> None:
    """INVARIANT: would break if a parked withdrawal, replayed after a later silence, undid what that led to."""
    billing, id = await a_large_proposal()
    await hear_of_one_clock(billing, (5, silence(id)), (4, withdrawal(silence(id))))
    assert the_charge(billing).status == Status.WITHDRAWN
    held = await a_hold()
    await hear_of_one_clock(held, (5, end_of_hold()), (4, withdrawal(end_of_hold())))
    assert (await the_hold(held)).status == HoldStatus.RELEASED


@pytest.mark.rule("S-5")
@pytest.mark.parametrize(("late", "status"), [(timedelta(0), Status.WITHDRAWN), (DAY, Status.PROPOSED)])
async def test_a_late_breach_ends_no_proposal_that_was_made_after_its_deadline(late: timedelta, status: Status) -> None:
    """INVARIANT: would break if a breach of an earlier round ended what has a time of its own."""
    billing, id = await a_large_proposal()
    await refuse(billing)
    billing.clock.advance(days=14 + late.days)
    await billing.again(billing.refunds()[0])
    await billing.hear(silence(id, due_by=NOON + 14 * DAY))
    assert the_charge(billing).status == status


def end_of_hold(**changes: Any) -> sla_monitor.ClockBreached:
    return hold_silence(hold_id_of("dsp_1"), **changes)


async def the_hold(billing: Billing) -> Hold:
    hold = await billing.unit().read(HOLDS, hold_id_of("dsp_1"))
    assert hold is not None
    return hold


async def a_hold() -> Billing:
    billing = Billing()
    await billing.hear(PLACED, opened())
    return billing


@pytest.mark.rule("S-3")
@pytest.mark.parametrize(("over", "status"), [([], HoldStatus.PLACED), ([ENDS["withdrawn"]], HoldStatus.RELEASED)])
async def test_a_hold_that_ended_before_its_time_had_passed_is_held_again_while_its_dispute_lasts(
    over: list[Event], status: HoldStatus
) -> None:
    billing = await a_hold()
    await billing.hear(end_of_hold())
    assert (await the_hold(billing)).cause == "time_limit"
    await billing.hear(*over, withdrawal(end_of_hold()), withdrawal(end_of_hold()))
    assert (await the_hold(billing)).status == status
    held = [kind for kind in billing.told() if kind.startswith("billing.payout_hold")]
    assert held == ["billing.payout_hold_placed", "billing.payout_hold_released"] + (
        [] if over else ["billing.payout_hold_placed"]
    )


@pytest.mark.rule("S-3")
async def test_a_hold_whose_end_is_withdrawn_before_it_is_heard_stays() -> None:
    billing = await a_hold()
    await hear_of_one_clock(billing, (4, withdrawal(end_of_hold())), (3, end_of_hold()))
    assert (await the_hold(billing)).status == HoldStatus.PLACED


@pytest.mark.rule("S-5")
async def test_a_late_breach_ends_no_hold_that_was_placed_after_its_deadline() -> None:
    billing = await a_hold()
    await billing.hear(end_of_hold(due_by=NOON - DAY))
    assert (await the_hold(billing)).status == HoldStatus.PLACED
