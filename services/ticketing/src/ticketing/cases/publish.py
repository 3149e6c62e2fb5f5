"""Domain events as contract events; None for facts that are ticketing's own."""

from typing import assert_never

from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import ticketing as contract
from ticketing.domain import case, takeover


def publish_case(event: case.Event, state: case.Case) -> ContractEvent | None:
    """Return what others hear of a case."""
    match event:
        case case.CaseOpened():
            return contract.CaseOpened(
                case_id=event.case_id,
                number=event.number,
                market=event.market,
                buyer_id=event.buyer_id,
                seller_id=event.seller_id,
                order_id=event.order_id,
                line_id=event.line_id,
                reason=event.reason,
                family=event.family,
                phase="after",
                priority=event.priority,
                priority_reasons=event.priority_reasons,
                draft_id=event.draft_id,
                opened_by=event.opened_by,
                opened_at=event.at,
            )
        case case.CaseResolved(outcome, at):
            return contract.CaseResolved(case_id=state.id, outcome=outcome, resolved_at=at)
        case case.CaseClosed(at):
            return contract.CaseClosed(case_id=state.id, closed_at=at)
        case case.CaseReopened(cause, at):
            return contract.CaseReopened(case_id=state.id, cause=cause, reopened_at=at)
        case case.NoticeIssued(about, template, recipients, at):
            return contract.NoticeIssued(
                case_id=state.id, about=about, template=template, recipients=recipients, issued_at=at
            )
        case case.ContactTakenOver() | case.ContactHandedBack():
            return None  # told by the takeover itself
        case _:
            assert_never(event)


def publish_takeover(event: takeover.Event, state: takeover.Takeover) -> ContractEvent | None:
    """Return what others hear of a takeover."""
    ids = {"takeover_id": state.id, "case_id": state.case_id}
    match event:
        case takeover.TakeoverProposed():
            return contract.TakeoverProposed(
                **ids,
                trigger=event.grounds.trigger,
                facts=tuple(f.event_id for f in event.grounds.facts),
                proposed_by=event.proposed_by,
                proposed_at=event.at,
            )
        case takeover.TakeoverActivated(decided):
            return _activated(decided)
        case takeover.TakeoverDeclined(reason, declined_by, at):
            return contract.TakeoverDeclined(**ids, reason=reason, declined_by=declined_by, declined_at=at)
        case takeover.TakeoverHandedBack(reason, decided_by, at):
            return contract.TakeoverHandedBack(**ids, reason=reason, decided_by=decided_by, handed_back_at=at)
        case takeover.TakeoverConcluded(at):
            return contract.TakeoverConcluded(**ids, concluded_at=at)
        case takeover.TakeoverReversed():
            return contract.TakeoverReversed(
                **ids,
                reason=event.reason,
                withdrawn_by=event.withdrawn_by,
                contact_returned=event.contact_returned,
                charges_announced=state.decision.charges_announced if state.decision else (),
                decided_by=event.decided_by,
                reversed_at=event.at,
            )
        case _:
            assert_never(event)


def _activated(d: takeover.ActivateTakeover) -> contract.TakeoverActivated:
    decision = contract.TakeoverDecision(
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
