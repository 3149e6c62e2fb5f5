"""What a line costs the seller: the decision's amount or the tariff's, its VAT, the cap, and who must approve (section 6)."""

from datetime import timedelta

import pytest
from billing_situations import CONTEST, LATER, NOON

from billing.charging import charge_line, reverse
from billing.domain.charge import Charge, Status
from billing.store import CHARGES, Decision, PaidLine
from chassis.aggregate import Cause
from chassis.testing import Bench
from ombud_contracts.market import load_markets

LV = load_markets()["lv"]
DECISION = Decision("dec_1", "cas_1", "lv", "sel_1", "buy_1", "ord_1", "lin_1", LATER)


class Desk(Bench[None]):
    """Charges in the memory store."""

    async def charge(
        self, line: str, kind: str, amount: int | None, approved: bool = True, paid: int = 12_990
    ) -> Charge:
        charge = await self.try_charge(line, kind, amount, approved, paid)
        assert charge is not None
        return charge

    async def try_charge(
        self, line: str, kind: str, amount: int | None, approved: bool = True, paid: int = 12_990
    ) -> Charge | None:
        session = self.session()
        unit = session.unit(Cause("test", "test"))
        line_paid = PaidLine("lv", "sel_1", "buy_1", "EUR", paid)
        charge = await charge_line(DECISION, line, kind, amount, line_paid, LV, NOON, unit, approved=approved)
        await session.commit()
        return charge


@pytest.mark.parametrize(
    ("kind", "amount", "net", "vat", "capped"),
    [
        ("HANDLING_FEE", None, 1_500, 315, False),
        ("RETURN_LABEL", None, 690, 145, False),
        ("INSPECTION", None, 2_500, 525, False),
        ("INSPECTION", 1_000, 1_000, 210, False),
        ("HANDLING_FEE", 20_000, 12_990, 2_728, True),
        ("REPAIR", 4_000, 4_000, 840, False),
        ("REPAIR", 20_000, 12_990, 2_728, True),
        ("REFUND", 12_990, 12_990, 0, False),
        ("SHIPPING_REFUND", 490, 490, 0, False),
    ],
)
async def test_a_line_costs_the_decisions_amount_or_the_tariffs(
    kind: str, amount: int | None, net: int, vat: int, capped: bool
) -> None:
    terms = (await Desk().charge("line", kind, amount)).terms
    assert (terms.net_minor, terms.vat_minor, terms.capped) == (net, vat, capped)
    assert (terms.tariff_version, terms.currency) == (LV.tariff.version, "EUR")


async def test_lines_share_the_room_of_what_was_paid_and_published_fees_come_on_top() -> None:
    desk = Desk()
    await desk.charge("refund", "REFUND", 9_000)
    repair = await desk.charge("repair", "REPAIR", 9_000)
    fee = await desk.charge("handling_fee", "HANDLING_FEE", None)
    assert (repair.terms.net_minor, repair.terms.capped) == (3_990, True)
    assert (fee.terms.net_minor, fee.terms.capped) == (1_500, False)


async def test_a_line_for_which_nothing_is_left_under_the_cap_is_not_charged_nor_when_it_is_told_again() -> None:
    desk = Desk()
    first = await desk.charge("refund", "REFUND", 12_990)
    assert await desk.try_charge("repair", "REPAIR", 4_000) is None
    await desk.execute(CHARGES, first.terms.charge_id, CONTEST)
    session = desk.session()
    await reverse(first, "evidence_fails", "agt_1", LATER, session.unit(Cause("test", "test")))
    await session.commit()
    assert await desk.try_charge("repair", "REPAIR", 4_000) is None
    assert [collection for collection, _ in desk.store.aggregates].count("charges") == 1


@pytest.mark.parametrize(("amount", "status"), [(200_000, Status.POSTED), (200_001, Status.PROPOSED)])
async def test_a_charge_above_the_gross_limit_waits_for_a_supervisor(amount: int, status: Status) -> None:
    assert LV.tariff.approval_limit_minor == 200_000
    assert (await Desk().charge("refund", "REFUND", amount, paid=500_000)).status == status


async def test_a_late_line_waits_for_a_supervisor_however_small() -> None:
    charge = await Desk().charge("late", "REPAIR", 1, approved=False)
    assert (charge.status, charge.entry) == (Status.PROPOSED, None)


async def test_a_charge_can_be_contested_for_the_days_of_the_tariff() -> None:
    charge = await Desk().charge("handling_fee", "HANDLING_FEE", None)
    assert charge.contest_until == NOON + timedelta(days=LV.tariff.contest_days)


async def test_a_reversal_leaves_its_room_to_others_and_a_repeat_takes_none() -> None:
    desk = Desk()
    first = await desk.charge("refund", "REFUND", 12_990)
    await desk.execute(CHARGES, first.terms.charge_id, CONTEST)
    session = desk.session()
    await reverse(first, "evidence_fails", "agt_1", LATER, session.unit(Cause("test", "test")))
    assert sorted({collection for collection, _ in session.writes.saved}) == ["charges", "exposures"]
    await session.commit()
    assert (await desk.charge("refund", "REFUND", 12_990)).status == Status.REVERSED
    assert (await desk.charge("repair", "REPAIR", 12_990)).terms.net_minor == 12_990
