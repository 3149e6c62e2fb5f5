"""What others hear: every fact of a walk over all situations is a valid contract event, or documented as private."""

from typing import Any

import pytest
from ticketing_situations import CASE_LADDER, TAKEOVER_LADDER, given

from chassis.aggregate import Kind
from ombud_contracts import Event
from ticketing.cases.domain import case
from ticketing.cases.store import CASES
from ticketing.takeovers.domain import takeover
from ticketing.takeovers.store import TAKEOVERS

PRIVATE = {case.ContactTakenOver, case.ContactHandedBack}
"""Told by the takeover itself."""


def published(kind: Kind[Any, Any, Any], history: tuple[Any, ...]) -> list[tuple[Any, Event | None]]:
    state, told = None, []
    for command in history:
        for event in kind.decide(command, state):
            state = kind.evolve(state, event)
            told.append((event, kind.publish(event, state)))
    return told


LADDERS: list[tuple[Kind[Any, Any, Any], tuple[Any, ...]]] = [
    *((CASES, history) for history in CASE_LADDER.values()),
    *((TAKEOVERS, history) for history in TAKEOVER_LADDER.values()),
]


@pytest.mark.parametrize(("kind", "history"), LADDERS)
def test_every_fact_is_a_contract_event_that_reads_back_or_documented_as_private(
    kind: Kind[Any, Any, Any], history: tuple[Any, ...]
) -> None:
    for event, contract in published(kind, history):
        assert (contract is None) == (type(event) in PRIVATE), type(event).__name__
        if contract is not None:
            assert type(contract).read(contract.to_bytes()) == contract


def test_the_ladders_meet_every_event() -> None:
    met = {type(event) for kind, history in LADDERS for event, _ in published(kind, history)}
    assert met == {*case.Event.__args__, *takeover.Event.__args__}


def test_a_published_case_says_what_was_decided_about_it() -> None:
    said = [contract.model_dump() for _, contract in published(CASES, CASE_LADDER["reopened"]) if contract]
    assert [s.get("outcome") or s.get("cause") for s in said] == [None, "answered", None, "buyer_message"]
    assert (said[0]["priority"], said[0]["priority_reasons"], said[0]["draft_id"]) == (2, ("severity",), "drf_1")


def test_events_of_a_case_share_its_key_so_that_their_order_holds() -> None:
    state = given(CASES, *CASE_LADDER["taken_over"]).state
    decided = given(TAKEOVERS, *TAKEOVER_LADDER["active"]).state
    assert state is not None
    assert decided is not None
    assert CASES.origin(state).key == TAKEOVERS.origin(decided).key == "cas_1"


def test_a_published_decision_says_on_what_it_rests() -> None:
    ((_, contract),) = published(TAKEOVERS, TAKEOVER_LADDER["active"])
    assert contract is not None
    said = contract.model_dump()["decision"]
    assert said["facts"] == ("cas_1:3", "dsp_1:2")
    assert said["clause"] == "S-4.2"
    assert [s["seconds"] for s in said["deadline_trace"]] == [86_400]
