"""Messages as facts for clocks: whose they are, whether they count, and what became of those that were checked."""

from collections.abc import Iterable

from ombud_contracts import Received
from ombud_contracts.events import messaging
from ombud_contracts.vocabulary import Audience, Role
from sla_monitor.clocks.addressed import AddressedFact, fact_id
from sla_monitor.clocks.domain.fact import Fact, FactId
from sla_monitor.rules.domain import About, Signal

_STAFF = (Role.AGENT, Role.MEDIATOR, Role.SUPERVISOR)
_APPEALED = "appeal"
"""Among the reasons of a message that waits because its author appealed."""
_PAYMENT = frozenset({"bank", "payment"})
"""Among the reasons of a message that names where money shall go."""
Undelivered = messaging.MessageHeld | messaging.MessageBlocked | messaging.MessageRejected


def of_message(message: messaging.MessageDelivered, received: Received) -> Iterable[AddressedFact]:
    """Return what a message means that both sides can read."""
    names = {About.MESSAGE: message.message_id}
    facts = [*_of_author(message, fact_id(received))]
    if message.delivered_at > message.submitted_at and not message.first:
        facts.append(Fact(fact_id(received), Signal.MESSAGE_DECIDED, message.delivered_at, message.message_id))
    told = [AddressedFact(fact, names) for fact in facts]
    if message.author_role == Role.SELLER and message.audience == Audience.THREAD and message.qualifies:
        reacted = Fact(fact_id(received), Signal.SELLER_REACTED, message.submitted_at, message.message_id)
        told.append(AddressedFact(reacted, names, whole_case=True))
    return told


def with_platform(message: messaging.MessageDelivered, received: Received) -> Iterable[AddressedFact]:
    """Return what a message between somebody and the platform means. The case itself tells of its first message."""
    if message.first:
        return ()
    by_desk = message.author_role in _STAFF
    signal, at = (
        (Signal.PLATFORM_REPLY, message.submitted_at) if by_desk else (Signal.CONTACT_REQUESTED, message.delivered_at)
    )
    return [AddressedFact(Fact(fact_id(received), signal, at, message.message_id), of_channel=True)]


def _of_author(message: messaging.MessageDelivered, id: FactId) -> Iterable[Fact]:
    """What a delivered message means by who wrote it. What staff write for a buyer who cannot is the buyer's."""
    ref, in_thread = message.message_id, message.audience == Audience.THREAD
    by_staff = message.author_role in _STAFF
    if in_thread and (message.author_role == Role.BUYER or (by_staff and message.first)):
        return [Fact(id, Signal.BUYER_MESSAGE, message.delivered_at, ref)]
    if in_thread and by_staff:
        return [Fact(id, Signal.PLATFORM_REPLY, message.submitted_at, ref)]
    return _of_reply(message, id, ref) if message.author_role == Role.SELLER else ()


def _of_reply(message: messaging.MessageDelivered, id: FactId, ref: str) -> Iterable[Fact]:
    """A reply that was held counts from when it was written; what it asks of the buyer from when the buyer could read it."""
    if not message.qualifies:
        return [Fact(id, Signal.OTHER_REPLY, message.submitted_at, ref, reasons=message.not_qualifying_because)]
    held = message.delivered_at > message.submitted_at
    asked = Fact(id, Signal.INFORMATION_REQUESTED, message.delivered_at, ref) if message.requests_information else None
    if held:
        released = Fact(id, Signal.REPLY_RELEASED, message.delivered_at, ref, counts_from=message.submitted_at)
        return [released, *([asked] if asked else [])]
    return [asked or Fact(id, Signal.QUALIFYING_REPLY, message.submitted_at, ref)]


def of_undelivered(event: Undelivered, received: Received) -> Iterable[AddressedFact]:
    """Return what a message means that waits for a check, or is not delivered."""
    facts = [*_of_waiting(event, received)]
    if event.author_role == Role.SELLER:
        facts.append(_of_undelivered_reply(event, received))
    return [AddressedFact(fact, {About.MESSAGE: event.message_id}) for fact in facts]


def _of_waiting(event: Undelivered, received: Received) -> Iterable[Fact]:
    id, ref = fact_id(received), event.message_id
    match event:
        case messaging.MessageHeld() if _APPEALED in event.reasons:
            return [Fact(id, Signal.MESSAGE_APPEALED, received.at, ref)]
        case messaging.MessageHeld(submitted_at=at):
            paying = not _PAYMENT.isdisjoint(event.reasons)
            return [Fact(id, Signal.MESSAGE_HELD_FOR_PAYMENT if paying else Signal.MESSAGE_HELD, at, ref)]
        case messaging.MessageRejected(rejected_at=at):
            return [Fact(id, Signal.MESSAGE_DECIDED, at, ref)]
        case messaging.MessageBlocked():
            return ()


def _of_undelivered_reply(event: Undelivered, received: Received) -> Fact:
    id, ref = fact_id(received), event.message_id
    match event:
        case messaging.MessageHeld(submitted_at=at):
            appealed = received.at if _APPEALED in event.reasons else at
            return Fact(id, Signal.REPLY_HELD, appealed, ref, counts_from=at if appealed != at else None)
        case messaging.MessageBlocked(blocked_at=at, reasons=reasons):
            return Fact(id, Signal.REPLY_BLOCKED, at, ref, reasons=("blocked", *reasons))
        case messaging.MessageRejected(rejected_at=at, reasons=reasons):
            return Fact(id, Signal.REPLY_BLOCKED, at, ref, reasons=("rejected", *reasons))
