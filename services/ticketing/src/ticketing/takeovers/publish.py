"""Facts of takeovers as contract events."""

from collections.abc import Sequence
from typing import assert_never

from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import products
from ombud_contracts.events import takeovers as course
from ombud_contracts.events import ticketing as contract
from ticketing.takeovers.domain import events, search
from ticketing.takeovers.domain.commands import ActivateTakeover, JudgeTakeover
from ticketing.takeovers.domain.events import Event
from ticketing.takeovers.domain.grounds import Cost, Fact
from ticketing.takeovers.domain.state import Takeover


def publish_takeover(event: Event, state: Takeover) -> ContractEvent | None:
    """Return what others hear of a takeover."""
    match event:
        case events.TakeoverFoundEligible(found):
            return course.TakeoverFoundEligible(
                takeover_id=state.id,
                case_id=state.case_id,
                trigger=found.grounds.trigger,
                facts=_ids(found.grounds.facts),
                found_at=found.at,
            )
        case events.TakeoverProposed(proposed):
            return contract.TakeoverProposed(
                takeover_id=state.id,
                case_id=state.case_id,
                trigger=proposed.grounds.trigger,
                facts=_ids(proposed.grounds.facts),
                costs=_shown(proposed.costs) or None,
                proposed_by=proposed.proposed_by,
                proposed_at=proposed.at,
            )
        case events.SellerWarned(at):
            return course.TakeoverWarned(
                takeover_id=state.id,
                case_id=state.case_id,
                trigger=state.grounds.trigger,
                costs=_shown(state.costs),
                warned_at=at,
            )
        case events.TakeoverActivated(decided):
            return _activated(decided)
        case events.UnlockRequested(at):
            return course.UnlockRequested(takeover_id=state.id, case_id=state.case_id, requested_at=at)
        case events.UnlockEnded(outcome, by, at):
            return course.UnlockEnded(takeover_id=state.id, case_id=state.case_id, outcome=outcome, by=by, ended_at=at)
        case events.TakeoverJudged(judged):
            return _judged(judged, state)
        case events.TakeoverAppealed(appeal):
            return course.TakeoverAppealed(
                takeover_id=state.id,
                case_id=state.case_id,
                appeal_id=appeal.id,
                by=appeal.by,
                grounds=appeal.grounds,
                appealed_at=appeal.at,
            )
        case events.AppealDecided(outcome, reasons, decided_by, at, reviewer_id):
            return course.TakeoverAppealDecided(
                takeover_id=state.id,
                case_id=state.case_id,
                appeal_id=state.appeals[-1].id,
                outcome=outcome,
                reasons=reasons,
                decided_by=decided_by,
                reviewer_id=reviewer_id,
                decided_at=at,
            )
        case _:
            return _ended(event, state)


def _ended(
    event: events.TakeoverDeclined
    | events.TakeoverLapsed
    | events.TakeoverHandedBack
    | events.TakeoverConcluded
    | events.TakeoverReversed,
    state: Takeover,
) -> ContractEvent:
    match event:
        case events.TakeoverDeclined(reason, declined_by, at):
            return contract.TakeoverDeclined(
                takeover_id=state.id, case_id=state.case_id, reason=reason, declined_by=declined_by, declined_at=at
            )
        case events.TakeoverLapsed(at):
            return course.TakeoverLapsed(takeover_id=state.id, case_id=state.case_id, lapsed_at=at)
        case events.TakeoverHandedBack(reason, decided_by, at):
            return contract.TakeoverHandedBack(
                takeover_id=state.id, case_id=state.case_id, reason=reason, decided_by=decided_by, handed_back_at=at
            )
        case events.TakeoverConcluded(at):
            return contract.TakeoverConcluded(takeover_id=state.id, case_id=state.case_id, concluded_at=at)
        case events.TakeoverReversed():
            return contract.TakeoverReversed(
                takeover_id=state.id,
                case_id=state.case_id,
                reason=event.reason,
                withdrawn_by=event.withdrawn_by,
                contact_returned=event.contact_returned,
                charges_announced=state.charges_made,
                decided_by=event.decided_by,
                reversed_at=event.at,
            )
        case _:
            assert_never(event)


def _ids(facts: Sequence[Fact]) -> tuple[str, ...]:
    return tuple(fact.event_id for fact in facts)


def _shown(costs: Sequence[Cost]) -> tuple[contract.AnnouncedCharge, ...]:
    return tuple(
        contract.AnnouncedCharge(
            kind=cost.kind,
            net_minor=cost.net_minor,
            vat_minor=cost.vat_minor,
            vat_basis_points=cost.vat_basis_points,
            currency=cost.currency,
            tariff_version=cost.tariff_version,
        )
        for cost in costs
    )


def _judged(judged: JudgeTakeover, state: Takeover) -> course.TakeoverJudged:
    decided = state.decision
    assert decided is not None, "a verdict follows a takeover that was decided"
    return course.TakeoverJudged(
        takeover_id=state.id,
        case_id=state.case_id,
        seller_id=decided.seller_id,
        buyer_id=decided.buyer_id,
        order_id=decided.order_id,
        line_id=decided.line_id,
        trigger=state.grounds.trigger,
        verdict="confirmed" if judged.confirmed else "refuted",
        reason=judged.reason,
        facts=_ids(state.grounds.facts),
        decided_by=judged.decided_by,
        decider_id=judged.decider_id,
        charges_announced=tuple(cost.kind for cost in judged.costs),
        costs=_shown(judged.costs),
        appeal_until=judged.appeal_until,
        judged_at=judged.at,
    )


def _activated(d: ActivateTakeover) -> contract.TakeoverActivated | contract.ListingTakeoverActivated:
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


def _decision(d: ActivateTakeover) -> contract.TakeoverDecision:
    return contract.TakeoverDecision(
        trigger=d.grounds.trigger,
        clause=d.grounds.clause,
        clause_version=d.grounds.clause_version,
        facts=_ids(d.grounds.facts),
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
        costs=_shown(d.costs) or None,
        awaits_verdict=True if d.grounds.verdict_needs else None,
    )


def publish_search(event: search.Event, state: search.Search) -> products.SearchAdvanced:
    """Return how far a search is; by it ticketing itself goes on with the next page."""
    sought = state.sought
    return products.SearchAdvanced(
        search_id=sought.search_id,
        model=sought.model,
        trigger=sought.trigger,
        told_by=sought.told_by,
        seller_id=sought.seller_id,
        markets=sought.markets,
        concerned=state.concerned,
        more=state.phase != search.Phase.OVER,
        advanced_at=event.at,
    )
