"""What others hear of a dispute: every fact of the ladder is a valid contract event, or documented as private."""

from typing import get_args

import pytest
from disputes_situations import EVIDENCE, FAST, LADDER, OFFER, OPEN

from disputes.disputes import domain
from disputes.disputes.domain import commands as asked
from disputes.disputes.domain import events as told
from disputes.disputes.store import DISPUTES
from ombud_contracts import Event

PRIVATE = {told.EscalationOpened, told.ContactOwnerChanged, told.RefundFailed}
"""Told by the negotiation's clock, and by the takeover."""
HISTORIES = (*LADDER.values(), (FAST, EVIDENCE))


def published(history: tuple[asked.Command, ...]) -> list[tuple[told.Event, Event | None]]:
    state: domain.Dispute | None = None
    told = []
    for command in history:
        for event in DISPUTES.decide(command, state):
            state = DISPUTES.evolve(state, event)
            told.append((event, DISPUTES.publish(event, state)))
    return told


@pytest.mark.parametrize("history", HISTORIES)
def test_every_fact_is_a_contract_event_that_reads_back_or_documented_as_private(
    history: tuple[asked.Command, ...],
) -> None:
    for event, contract in published(history):
        assert (contract is None) == (type(event) in PRIVATE), type(event).__name__
        if contract is not None:
            assert type(contract).read(contract.to_bytes()) == contract


def test_the_ladder_meets_every_event() -> None:
    assert {type(event) for history in HISTORIES for event, _ in published(history)} == set(get_args(told.Event))


def test_the_stage_that_is_told_at_opening_is_the_one_it_starts_in() -> None:
    for command, stage in ((OPEN, "NEGOTIATION"), (FAST, "MEDIATION")):
        ((_, contract),) = published((command,))
        assert contract is not None
        assert contract.model_dump()["stage"] == stage


@pytest.mark.parametrize("situation", ["decided", "settled"])
def test_an_outcome_tells_billing_the_lines_the_refund_and_the_currency(situation: str) -> None:
    contract = published(LADDER[situation])[-1][1]
    assert contract is not None
    decision = contract.model_dump()["decision"]
    refund = 12_990 if situation == "decided" else OFFER.amount_minor
    assert decision["refund_minor"] == refund
    assert decision["lines"] == ({"line": "refund", "kind": "REFUND", "amount_minor": refund},)
    assert decision["currency"] == "EUR"
    assert [e["amount_minor"] for e in decision["effects"]] == [refund, -refund]
