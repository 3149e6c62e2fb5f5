"""Facts of takeovers as contract events."""

from typing import assert_never

from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import ticketing as contract
from ticketing.takeovers.domain import takeover


def publish_takeover(event: takeover.Event, state: takeover.Takeover) -> ContractEvent | None:
    """Return what others hear of a takeover."""
    match event:
        case takeover.TakeoverProposed():
            return contract.TakeoverProposed(
                takeover_id=state.id,
                case_id=state.case_id,
                trigger=event.grounds.trigger,
                facts=tuple(f.event_id for f in event.grounds.facts),
                proposed_by=event.proposed_by,
                proposed_at=event.at,
            )
        case takeover.TakeoverActivated(decided):
            return _activated(decided)
        case takeover.TakeoverDeclined(reason, declined_by, at):
            return contract.TakeoverDeclined(
                takeover_id=state.id, case_id=state.case_id, reason=reason, declined_by=declined_by, declined_at=at
            )
        case takeover.TakeoverHandedBack(reason, decided_by, at):
            return contract.TakeoverHandedBack(
                takeover_id=state.id, case_id=state.case_id, reason=reason, decided_by=decided_by, handed_back_at=at
            )
        case takeover.TakeoverConcluded(at):
            return contract.TakeoverConcluded(takeover_id=state.id, case_id=state.case_id, concluded_at=at)
        case takeover.TakeoverReversed():
            return contract.TakeoverReversed(
                takeover_id=state.id,
                case_id=state.case_id,
                reason=event.reason,
                withdrawn_by=event.withdrawn_by,
                contact_returned=event.contact_returned,
                charges_announced=state.decision.charges_announced if state.decision else (),
                decided_by=event.decided_by,
                reversed_at=event.at,
            )
        case _:
            assert_never(event)


def _activated(d: takeover.ActivateTakeover) -> contract.TakeoverActivated | contract.ListingTakeoverActivated:
    decision = _decision(d)
    if d.listing_id is not None:
        return contract.ListingTakeoverActivated(
            takeover_id=d.takeover_id,
            case_id=d.case_id,
            seller_id=d.seller_id,
            buyer_id=d.buyer_id,
            listing_id=d.listing_id,
            reason=d.reason,
            decision=decision,
            activated_at=d.at,
        )
    assert d.order_id is not None, "a seller answers about an order line or a listing"
    assert d.line_id is not None, "a seller answers about an order line or a listing"
    return contract.TakeoverActivated(
        takeover_id=d.takeover_id,
        case_id=d.case_id,
        seller_id=d.seller_id,
        buyer_id=d.buyer_id,
        order_id=d.order_id,
        line_id=d.line_id,
        reason=d.reason,
        decision=decision,
        activated_at=d.at,
    )


def _decision(d: takeover.ActivateTakeover) -> contract.TakeoverDecision:
    return contract.TakeoverDecision(
        trigger=d.grounds.trigger,
        clause=d.grounds.clause,
        clause_version=d.grounds.clause_version,
        facts=tuple(f.event_id for f in d.grounds.facts),
        deadline_trace=tuple(
            contract.TraceSegment(
                from_at=s.from_at,
                to_at=s.to_at,
                counted=s.counted,
                seconds=s.seconds,
                cause=s.cause,
                calendar_version=s.calendar_version,
            )
            for s in d.grounds.deadline_trace
        ),
        alternatives=d.alternatives,
        decided_by=d.decided_by,
        decider_id=d.decider_id,
        scope=d.grounds.scope,
        appeal_until=d.appeal_until,
        charges_announced=d.charges_announced,
    )
