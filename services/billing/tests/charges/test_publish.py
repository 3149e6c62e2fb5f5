"""What others hear of money: every fact of the ladders is a valid contract event; exposures are billing's own."""

from typing import Any, get_args

import pytest
from billing_situations import CHARGE_LADDER, EXPOSURE_LADDER, REFUND_LADDER

from billing.charges import domain as charge
from billing.charges.store import CHARGES
from billing.lines.store import EXPOSURES
from billing.refunds import domain as refund
from billing.refunds.store import REFUNDS
from chassis.aggregate import Kind
from ombud_contracts import Event

LADDERS: list[tuple[Kind[Any, Any, Any], tuple[Any, ...]]] = [
    *((CHARGES, history) for history in CHARGE_LADDER.values()),
    *((REFUNDS, history) for history in REFUND_LADDER.values()),
]


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
        assert contract is not None, type(event).__name__
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
