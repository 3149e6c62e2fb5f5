"""What others hear of money: every fact of the ladders is a valid contract event; exposures are billing's own."""

from typing import Any, get_args

import pytest
from billing_situations import CHARGE_LADDER, CONTEST_UNTIL, EXPOSURE_LADDER, LATER, NOON, REFUND_LADDER

from billing.charges import domain as charge
from billing.charges.store import CHARGES
from billing.lines.store import EXPOSURES
from billing.refunds import domain as refund
from billing.refunds.store import REFUNDS
from chassis.aggregate import Kind
from ombud_contracts import Event
from ombud_contracts.events import billing

LADDERS: list[tuple[Kind[Any, Any, Any], tuple[Any, ...]]] = [
    *((CHARGES, history) for history in CHARGE_LADDER.values()),
    *((REFUNDS, history) for history in REFUND_LADDER.values()),
]


PRIVATE = (charge.RefundArrived, charge.ContestWindowNoted, charge.AppealTimeNoted)
"""Told by refunds, by clocks, and by the dispute whose decision is appealed."""


def published(kind: Kind[Any, Any, Any], history: tuple[Any, ...]) -> list[tuple[Any, Event | None, Any]]:
    state, told = None, []
    for command in history:
        for event in kind.decide(command, state):
            state = kind.evolve(state, event)
            told.append((event, kind.publish(event, state), state))
    return told


@pytest.mark.parametrize(("kind", "history"), LADDERS)
def test_every_fact_is_a_contract_event_that_reads_back(kind: Kind[Any, Any, Any], history: tuple[Any, ...]) -> None:
    for event, contract, _ in published(kind, history):
        assert (contract is None) == isinstance(event, PRIVATE), type(event).__name__
        if contract is None:
            continue
        assert type(contract).read(contract.to_bytes()) == contract


def test_the_ladders_meet_every_event() -> None:
    met = {type(event) for kind, history in LADDERS for event, _, _ in published(kind, history)}
    assert met == {*get_args(charge.Event), *get_args(refund.Event)}


def test_exposures_are_private() -> None:
    for history in EXPOSURE_LADDER.values():
        assert [contract for _, contract, _ in published(EXPOSURES, history)] == [None] * len(history)


def test_each_entry_is_told_with_its_id_and_kept_as_a_row_that_never_changes() -> None:
    told = published(CHARGES, CHARGE_LADDER["reversed"])
    rows = [row for event, _, state in told for row in CHARGES.rows(event, state)]
    assert all(row.new for row in rows)
    said = [c.model_dump() for _, c, _ in told if c is not None]
    assert [row.id for row in rows] == [s["entry_id"] for s in said if "entry_id" in s]
    assert [s["reverses_entry_id"] for s in said if "reverses_entry_id" in s] == [rows[0].id]
    (paid,) = [row for e, _, s in published(REFUNDS, REFUND_LADDER["completed"]) for row in REFUNDS.rows(e, s)]
    assert paid.new
    assert paid.document["caused_by"] == "rfd_1"


IDS = {"charge_id": "chg_1", "case_id": "cas_1", "seller_id": "sel_2"}
REFUND = {"refund_id": "rfd_1", "case_id": "cas_1", "decision_id": "dec_1"}


@pytest.mark.rule("S-8")
def test_a_charge_is_told_as_it_was_proposed_notified_and_posted() -> None:
    """INVARIANT: would break if another id stood where the seller's belongs."""
    assert [contract for _, contract, _ in published(CHARGES, CHARGE_LADDER["posted"])] == [
        billing.ChargeProposed(
            **IDS,
            decision_id="dec_1",
            line="handling_fee",
            kind="HANDLING_FEE",
            net_minor=1_500,
            vat_minor=315,
            vat_basis_points=2_100,
            gross_minor=1_815,
            currency="EUR",
            tariff_version="2026.1",
            capped=False,
            proposed_at=NOON,
            needs_approval=False,
        ),
        billing.ChargeNotified(**IDS, contest_until=CONTEST_UNTIL, notified_at=NOON),
        billing.ChargePosted(**IDS, entry_id="ent_chg_1", gross_minor=1_815, currency="EUR", posted_at=NOON),
    ]


@pytest.mark.rule("S-8")
def test_a_reversal_names_its_entry_and_the_one_that_it_reverses() -> None:
    assert published(CHARGES, CHARGE_LADDER["reversed"])[-1][1] == billing.ChargeReversed(
        **IDS,
        entry_id="ent_chg_1-reversed",
        reverses_entry_id="ent_chg_1",
        gross_minor=1_815,
        currency="EUR",
        reason="evidence_fails",
        reviewer_id="agt_1",
        reversed_at=LATER,
    )


@pytest.mark.rule("S-8")
def test_a_refund_is_ordered_for_the_buyer_of_the_line() -> None:
    """INVARIANT: would break if a refund were ordered for the seller."""
    assert [contract for _, contract, _ in published(REFUNDS, REFUND_LADDER["completed"])] == [
        billing.RefundOrdered(
            **REFUND,
            order_id="ord_3",
            line_id="lin_4",
            buyer_id="buy_1",
            amount_minor=3_000,
            currency="EUR",
            ordered_at=NOON,
        ),
        billing.RefundCompleted(**REFUND, amount_minor=3_000, currency="EUR", completed_at=LATER),
    ]


def test_another_way_to_pay_says_which_and_why() -> None:
    redirected = published(REFUNDS, REFUND_LADDER["redirected"])[-1][1]
    assert redirected == billing.RefundRedirected(
        **REFUND, successor_id="rfd_2", method="bank_transfer", reason="account_confirmed", redirected_at=LATER
    )


@pytest.mark.rule("S-8")
def test_a_settlement_and_its_repayment_name_their_runs_and_entries() -> None:
    *_, taken, _contested, _reversed, repaid = [c for _, c, _ in published(CHARGES, CHARGE_LADDER["repaid"])]
    assert taken == billing.ChargeSettled(
        **IDS,
        entry_id="ent_chg_1-settled",
        run_id="run_1",
        gross_minor=1_815,
        currency="EUR",
        settled_at=LATER,
    )
    assert repaid == billing.ChargeRepaid(
        **IDS,
        entry_id="ent_chg_1-repaid",
        reverses_entry_id="ent_chg_1-settled",
        run_id="run_2",
        gross_minor=1_815,
        currency="EUR",
        repaid_at=LATER,
    )
