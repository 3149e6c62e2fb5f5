"""In which stage what can be done, and what ends with a stage."""

from datetime import datetime

from disputes.disputes.domain.events import DisputeClosed, DisputeExecuted, Event, OfferEnded, Record
from disputes.disputes.domain.state import Dispute, Stage
from disputes.refusals import NotACurrentStage, SellerNoLongerOwnsContact
from ombud_words import OfferId


def expect_stage(state: Dispute, *stages: Stage) -> None:
    if state.stage not in stages:
        raise NotACurrentStage(f"the dispute is in the stage {state.stage.lower()}")


def expect_negotiation(state: Dispute, at: datetime) -> None:
    """Refuse what comes after the instant that the clock of the window showed, whether or not its end was heard of."""
    expect_stage(state, Stage.NEGOTIATION)
    if state.lapses_at is not None and at > state.lapses_at:
        raise NotACurrentStage("the time to agree or to escalate has passed: the dispute has lapsed")


def expect_owner(state: Dispute, by: str) -> None:
    if by == "seller" and state.taken_over:
        raise SellerNoLongerOwnsContact("the platform took this contact over; you can submit evidence")


def offers_ended(state: Dispute, at: datetime, but: OfferId | None = None) -> list[Event]:
    """Offers end with the negotiation (casework, section 4); by an end that is heard late none ends before it was made."""
    ending = [offer for offer in state.open_offers if offer.id != but]
    return [OfferEnded(offer.id, max(at, offer.made_at or at)) for offer in ending]


def with_execution(events: list[Event], record: Record, at: datetime) -> list[Event]:
    """An outcome without money is done by itself; one with money when billing says that the refund was paid."""
    if record.owed_minor:
        return events
    return [*events, DisputeExecuted(at), DisputeClosed(at)]


def no_earlier(state: Dispute, at: datetime) -> datetime:
    """Return when the negotiation ends by what happened then: not before its window to escalate began, whose clock it ends."""
    return max(at, state.opened.at, state.escalation_opened_at or at)
