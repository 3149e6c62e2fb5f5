"""What a line costs the seller: the decision's amount or the tariff's, its VAT, the cap, and who must approve (section 6)."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from billing_situations import CONTEST, LATER, NOON

from billing.charges.charging import (
    WantedCharge,
    approve,
    charge_line,
    end_proposals,
    lapse,
    published_fee,
    refuse,
    review,
)
from billing.charges.domain import (
    LATE_KINDS,
    Charge,
    ReverseCharge,
    Status,
    expect_chargeable,
    expect_first_of_its_kind,
)
from billing.charges.store import CHARGES
from billing.decisions.domain import Decision
from billing.lines.domain import BoughtLine, ReserveCharge
from billing.lines.store import EXPOSURES, exposure_id
from billing.refusals import AmountAboveCap, CurrencyOfAnotherMarket, FeeAlreadyCharged, KindNotChargeable
from chassis.aggregate import Cause, Unit
from chassis.testing import Bench
from ombud_contracts.market import Market, load_markets
from ombud_words import ChargeKind

LV = load_markets()["lv"]
DECISION = Decision(
    id="dec_1",
    case_id="cas_1",
    market="lv",
    seller_id="sel_2",
    buyer_id="buy_1",
    order_id="ord_3",
    line_id="lin_4",
    appeal_until=LATER,
)
REVERSE = ReverseCharge("evidence_fails", "agt_1", LATER)


class Desk(Bench[None]):
    """Charges in the memory store."""

    def __init__(self, market: Market = LV) -> None:
        super().__init__()
        self.market = market

    async def charge(self, line: str, kind: str, amount: int | None, **given: Any) -> Charge:
        charge = await self.try_charge(line, kind, amount, **given)
        assert charge is not None
        return charge

    async def try_charge(
        self,
        line: str,
        kind: str,
        amount: int | None,
        *,
        proposed: bool = False,
        paid: int = 12_990,
        decision: Decision = DECISION,
    ) -> Charge | None:
        session = self.session()
        bought = BoughtLine(market="lv", seller_id="sel_2", buyer_id="buy_1", currency="EUR", paid_minor=paid)
        wanted = WantedCharge(
            decision=decision, line=line, kind=kind, net_minor=amount, proposed_by="agt_9" if proposed else None
        )
        charge = await charge_line(wanted, bought, self.market, NOON, session.unit(Cause("test", "test")))
        await session.commit()
        return charge

    async def approve(self, charge: Charge, by: str = "sup_1") -> Charge:
        session = self.session()
        bought = BoughtLine(market="lv", seller_id="sel_2", buyer_id="buy_1", currency="EUR", paid_minor=12_990)
        approved = await approve(charge, by, None, bought, self.market, session.unit(Cause("test", "test")))
        await session.commit()
        return approved

    async def reverse(self, charge: Charge) -> list[str]:
        """Reverse a contested charge; return the collections that one transaction wrote."""
        session = self.session()
        await review(charge.terms.charge_id, REVERSE, session.unit(Cause("test", "test")))
        await session.commit()
        return sorted({collection for collection, _ in session.writes.saved})


@pytest.mark.parametrize(
    ("kind", "amount", "net", "vat", "capped"),
    [
        ("HANDLING_FEE", None, 1_500, 315, False),
        ("RETURN_LABEL", None, 690, 145, False),
        ("INSPECTION", None, 2_500, 525, False),
        ("INSPECTION", 1_000, 1_000, 210, False),
        ("HANDLING_FEE", 20_000, 10_735, 2_254, True),
        ("REPAIR", 4_000, 4_000, 840, False),
        ("REPAIR", 20_000, 10_735, 2_254, True),
        ("REPAIR", 12_990, 10_735, 2_254, True),
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
    assert (repair.terms.gross_minor, repair.terms.net_minor, repair.terms.capped) == (3_989, 3_297, True)
    assert (fee.terms.net_minor, fee.terms.capped) == (1_500, False)


async def test_a_line_for_which_nothing_is_left_under_the_cap_is_not_charged_nor_when_it_is_told_again() -> None:
    desk = Desk()
    first = await desk.charge("refund", "REFUND", 12_990)
    assert await desk.try_charge("repair", "REPAIR", 4_000) is None
    await desk.execute(CHARGES, first.terms.charge_id, CONTEST)
    await desk.reverse(first)
    assert await desk.try_charge("repair", "REPAIR", 4_000) is None
    assert [collection for collection, _ in desk.store.aggregates].count("charges") == 1


@pytest.mark.parametrize(("amount", "status"), [(200_000, Status.POSTED), (200_001, Status.PROPOSED)])
async def test_a_charge_above_the_gross_limit_waits_for_a_supervisor(amount: int, status: Status) -> None:
    assert LV.tariff.approval_limit_minor == 200_000
    assert (await Desk().charge("refund", "REFUND", amount, paid=500_000)).status == status


async def test_a_late_line_waits_for_a_supervisor_however_small() -> None:
    charge = await Desk().charge("late", "REPAIR", 1, proposed=True)
    assert (charge.status, charge.entry) == (Status.PROPOSED, None)


async def test_a_charge_can_be_contested_for_the_days_of_the_tariff() -> None:
    charge = await Desk().charge("handling_fee", "HANDLING_FEE", None)
    assert charge.contest_until == NOON + timedelta(days=LV.tariff.contest_days)


async def test_a_reversal_leaves_its_room_to_others_and_a_repeat_takes_none() -> None:
    desk = Desk()
    first = await desk.charge("refund", "REFUND", 12_990)
    await desk.execute(CHARGES, first.terms.charge_id, CONTEST)
    assert await desk.reverse(first) == ["charges", "exposures"]
    assert (await desk.charge("refund", "REFUND", 12_990)).status == Status.REVERSED
    assert (await desk.charge("repair", "REPAIR", 12_990)).terms.gross_minor == 12_989


async def test_a_published_fee_stands_beside_the_cap_once_per_decision_and_kind() -> None:
    """Casework, section 8. INVARIANT: would break if a second label by the same decision were a fee again."""
    desk = Desk()
    await desk.charge("refund", "REFUND", 12_990)
    assert (await desk.charge("return_label", "RETURN_LABEL", None)).terms.gross_minor == 835
    assert await desk.try_charge("second_label", "RETURN_LABEL", None) is None
    assert (await desk.charge("inspection", "INSPECTION", None)).terms.net_minor == 2_500
    other = replace(DECISION, id="dec_2")
    assert (await desk.charge("return_label", "RETURN_LABEL", None, decision=other)).terms.gross_minor == 835


async def test_a_case_costs_three_handling_fees_at_most() -> None:
    desk = Desk()
    await desk.charge("refund", "REFUND", 12_990)
    takeovers = [replace(DECISION, id=f"tko_{n}") for n in range(5)]
    charged = [await desk.try_charge("handling_fee", "HANDLING_FEE", None, decision=d) for d in takeovers]
    assert [c is not None for c in charged] == [True, True, True, False, False]
    other_case = replace(DECISION, id="tko_9", case_id="cas_9")
    assert await desk.try_charge("handling_fee", "HANDLING_FEE", None, decision=other_case) is not None


async def test_a_reversed_fee_leaves_its_place_to_another() -> None:
    desk = Desk()
    await desk.charge("refund", "REFUND", 12_990)
    first = await desk.charge("return_label", "RETURN_LABEL", None)
    await desk.execute(CHARGES, first.terms.charge_id, CONTEST)
    await desk.reverse(first)
    assert (await desk.charge("second_label", "RETURN_LABEL", None)).terms.net_minor == published_fee(
        LV.tariff, "RETURN_LABEL"
    )


@pytest.mark.parametrize(
    ("line", "kind", "amount"),
    [
        ("goodwill", "GOODWILL", 1_000),
        ("penalty", "PENALTY", 5_000),
        ("parking", "SOMETHING_ELSE", 1_000),
        ("repair", "REPAIR", None),
    ],
)
async def test_what_no_row_of_the_tariff_and_no_decision_sets_costs_nothing(
    line: str, kind: str, amount: int | None
) -> None:
    """Casework, section 8; goodwill is the platform's own money, and a penalty needs its row."""
    assert await Desk().try_charge(line, kind, amount) is None


async def test_a_penalty_costs_what_its_row_says_whatever_is_asked() -> None:
    market = LV.model_copy(update={"tariff": LV.tariff.model_copy(update={"penalties_minor": {"no_show": 1_200}})})
    assert (await Desk(market).charge("no_show", "PENALTY", 9_000)).terms.net_minor == 1_200
    assert await Desk(market).try_charge("another", "PENALTY", 9_000) is None


async def test_a_proposal_reserves_nothing_until_it_is_approved() -> None:
    """INVARIANT: what nobody approved takes no room from what was spent."""
    desk = Desk()
    guess = await desk.charge("guess", "REPAIR", 10_735, proposed=True)
    assert (await desk.charge("refund", "REFUND", 9_000)).terms.net_minor == 9_000
    approved = await desk.approve(guess)
    assert (approved.terms.gross_minor, approved.terms.capped) == (3_989, True)
    assert approved.approved_by == "sup_1"


async def test_a_proposal_for_which_nothing_is_left_is_refused_to_who_approves() -> None:
    desk = Desk()
    guess = await desk.charge("guess", "REPAIR", 4_000, proposed=True)
    await desk.charge("refund", "REFUND", 12_990)
    with pytest.raises(AmountAboveCap):
        await desk.approve(guess)


@pytest.mark.parametrize("kind", [k for k in ChargeKind if k not in LATE_KINDS])
def test_a_late_line_is_of_a_closed_kind(kind: ChargeKind) -> None:
    """Casework, section 8: a refund follows a decision, a penalty its row, and goodwill is never charged."""
    with pytest.raises(KindNotChargeable):
        expect_chargeable(kind, 100, "EUR", market_currency="EUR", most=12_990)


@pytest.mark.parametrize("kind", LATE_KINDS)
def test_a_late_line_costs_no_more_than_was_paid_with_its_tax(kind: ChargeKind) -> None:
    expect_chargeable(kind, 12_990, "EUR", market_currency="EUR", most=12_990)
    with pytest.raises(AmountAboveCap):
        expect_chargeable(kind, 12_991, "EUR", market_currency="EUR", most=12_990)
    with pytest.raises(CurrencyOfAnotherMarket):
        expect_chargeable(kind, 100, "PLN", market_currency="EUR", most=12_990)


async def test_a_second_label_of_one_decision_is_refused_while_the_first_stands_and_each_repair_has_its_receipt() -> (
    None
):
    desk = Desk()
    label = await desk.charge("return_label", "RETURN_LABEL", None)
    repair = await desk.charge("repair", "REPAIR", 1_000)
    with pytest.raises(FeeAlreadyCharged):
        expect_first_of_its_kind("RETURN_LABEL", [label, repair])
    expect_first_of_its_kind("INSPECTION", [label, repair])
    expect_first_of_its_kind("REPAIR", [label, repair])
    expect_first_of_its_kind("RETURN_LABEL", [replace(label, status=Status.WITHDRAWN), repair])


ENDINGS: dict[str, Callable[[Charge, Unit], Awaitable[object]]] = {
    "refused": lambda charge, unit: refuse(charge.terms.charge_id, "not_shown", unit),
    "lapsed": lambda charge, unit: lapse(charge.terms.charge_id, unit.now, unit),
    "case_closed": lambda charge, unit: end_proposals(charge.terms.case_id, unit),
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS.keys())
async def test_a_proposal_that_took_room_leaves_it_to_others_when_it_ends(
    end: Callable[[Charge, Unit], Awaitable[object]],
) -> None:
    """INVARIANT: proposals that were made while they took room under the cap do not keep it for ever."""
    desk = Desk()
    proposal = await desk.charge("repair", "REPAIR", 10_735, proposed=True)
    took = ReserveCharge(
        charge_id=proposal.terms.charge_id,
        net_minor=10_735,
        vat_basis_points=proposal.terms.vat_basis_points,
        paid_minor=12_990,
        fee=None,
        at=NOON,
    )
    await desk.execute(EXPOSURES, exposure_id(DECISION.order_id, DECISION.line_id), took)
    session = desk.session()
    await end(proposal, session.unit(Cause("test", "test")))
    await session.commit()
    refund = await desk.charge("refund", "REFUND", 12_990)
    assert (refund.terms.net_minor, refund.terms.capped) == (12_990, False)
