"""What others hear of a return: every fact of the ladder is a valid contract event, or documented as private."""

from dataclasses import replace
from typing import get_args

import pytest
from returns_situations import (
    DECIDE,
    GIVE_BACK,
    LABEL_IN_TIME,
    LADDER,
    LAPSE_IN_TIME,
    LATER,
    LEFT,
    NOON,
    ORDERED,
    TAKE_BACK,
)

from disputes.returns.domain import Command, Return
from disputes.returns.domain import events as told
from disputes.returns.store import RETURNS
from ombud_contracts import Event
from ombud_contracts.events import returns
from ombud_contracts.events.ticketing import AnnouncedCharge

PRIVATE = {told.PhotoSubmitted, told.RefundFailed, told.RefundReordered, told.DeductionStood, told.DecisionTakenBack}
MORE = (
    (*LADDER["labelled_by_platform"], LABEL_IN_TIME),
    (*LADDER["lapsed"], LAPSE_IN_TIME),
    (*LADDER["failed"], ORDERED),
    (*LADDER["accepted_by_platform"], GIVE_BACK),
    (*LADDER["shipped"], TAKE_BACK),
)
DECIDED = LADDER["disputed"]
IDS = {"return_id": "ret_1", "case_id": "cas_1"}
OF_LINE = {
    **IDS,
    "order_id": "ord_3",
    "line_id": "lin_4",
    "buyer_id": "buy_1",
    "seller_id": "sel_2",
    "decision_id": "dec_1",
}
LABEL = AnnouncedCharge(
    kind="RETURN_LABEL", net_minor=690, vat_minor=145, vat_basis_points=2_100, currency="EUR", tariff_version="2026.1"
)
APPEAL_UNTIL = LATER.replace(month=10, day=15)


def published(history: tuple[Command, ...]) -> list[tuple[told.Event, Event | None]]:
    state: Return | None = None
    heard = []
    for command in history:
        for event in RETURNS.decide(command, state):
            state = RETURNS.evolve(state, event)
            heard.append((event, RETURNS.publish(event, state)))
    return heard


def test_every_fact_is_told_or_is_private() -> None:
    heard = [pair for history in (*LADDER.values(), *MORE, (*DECIDED, DECIDE)) for pair in published(history)]
    assert {type(event) for event, _ in heard} == set(get_args(told.Event))
    assert {type(event) for event, contract in heard if contract is None} == PRIVATE
    for _, contract in heard:
        if contract is not None:
            assert type(contract).read(contract.to_bytes()) == contract


@pytest.mark.rule("S-3")
@pytest.mark.parametrize(
    ("history", "step"),
    [
        ((*LADDER["accepted_by_platform"], GIVE_BACK), "return_answer"),
        ((*LADDER["lapsed"], LAPSE_IN_TIME), "return_shipment"),
        (LADDER["reopened"], "deduction_answer"),
    ],
)
def test_what_can_be_done_after_all_is_told_with_the_clock_it_is_owed_by(
    history: tuple[Command, ...], step: str
) -> None:
    (reopened,) = [contract for _, contract in published(history) if isinstance(contract, returns.ReturnStepReopened)]
    assert reopened == returns.ReturnStepReopened(**IDS, step=step, reopened_at=LATER)


def test_more_is_ordered_by_a_further_decision_after_a_deduction_was_reopened() -> None:
    """INVARIANT: money once; would break if billing took the rest for a repeat of the first refund."""
    heard = [event for _, event in published((*LADDER["disputed_after_all"], replace(DECIDE, left_minor=2_000)))]
    orders = [event for event in heard if isinstance(event, returns.ReturnRefundOrdered)]
    assert [order.decision_id for order in orders] == ["dec_1", "dec_1_2"]


@pytest.mark.rule("S-8")
def test_a_request_names_each_party_and_thing_by_its_own_id_and_what_a_label_would_cost() -> None:
    assert published(LADDER["requested"])[0][1] == returns.ReturnRequested(
        **OF_LINE, left_minor=LEFT, currency="EUR", label_cost=LABEL, requested_by="buyer", requested_at=NOON
    )


@pytest.mark.rule("S-1")
def test_a_label_of_the_platform_says_what_it_costs_the_seller_and_the_sellers_own_costs_nothing() -> None:
    """INVARIANT: billing charges by this event."""
    assert published(LADDER["labelled_by_platform"])[-1][1] == returns.ReturnLabelIssued(
        **OF_LINE,
        by="system",
        charged=LABEL,
        clause="S-6.1",
        clause_version="2026.1",
        appeal_until=APPEAL_UNTIL,
        issued_at=LATER,
    )
    own = published(LADDER["labelled"])[-1][1]
    assert isinstance(own, returns.ReturnLabelIssued)
    assert (own.charged, own.by, own.carrier, own.tracking_number) == (None, "seller", "dpd", "05308955120002")


@pytest.mark.rule("S-8")
@pytest.mark.parametrize(
    ("rung", "funded_by", "decided_by"), [("inspected", "seller", "system"), ("lost", "platform", "mediator")]
)
def test_a_refund_says_whose_money_it_is_and_who_decided_it(rung: str, funded_by: str, decided_by: str) -> None:
    """INVARIANT: billing pays and charges by this event."""
    assert published(LADDER[rung])[-1][1] == returns.ReturnRefundOrdered(
        **OF_LINE,
        amount_minor=LEFT,
        currency="EUR",
        funded_by=funded_by,
        clause="S-5.3",
        clause_version="2026.1",
        decided_by=decided_by,
        decider_id="system" if decided_by == "system" else "med_1",
        appeal_until=APPEAL_UNTIL,
        ordered_at=LATER,
    )


def test_an_end_says_what_it_came_to() -> None:
    assert published(LADDER["partly_refunded"])[-1][1] == returns.ReturnEnded(
        **IDS, outcome="PARTLY_REFUNDED", refunded_minor=LEFT - 2_000, currency="EUR", ended_at=LATER
    )


def test_an_inspection_names_its_deviations_and_its_photos() -> None:
    assert published(LADDER["deducted"])[-1][1] == returns.ReturnInspected(
        **IDS,
        by="seller",
        deviations=("scratched",),
        deduction_minor=2_000,
        currency="EUR",
        photos=("evd_1",),
        device_matches=True,
        inspected_at=LATER,
    )
