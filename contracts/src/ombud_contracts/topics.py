"""Every topic, spelled once. Partition counts are highly divisible and never change: a key keeps its partition."""

from dataclasses import dataclass

ORDERS = "marketplace.orders.v1"
SELLERS = "marketplace.sellers.v1"
LISTINGS = "marketplace.listings.v1"
PAYMENTS = "marketplace.payments.v1"
PAYOUT_RUNS = "marketplace.payouts.v1"
PARCELS = "marketplace.parcels.v1"
RECALLS = "marketplace.recalls.v1"
CASES = "ticketing.cases.v1"
TAKEOVERS = "ticketing.takeovers.v1"
PRODUCTS = "ticketing.products.v1"
CONVERSATIONS = "messaging.conversations.v1"
MESSAGES = "messaging.messages.v1"
ERASURES = "messaging.erasures.v1"
DISCUSSIONS = "messaging.discussions.v1"
SANCTIONS = "messaging.sanctions.v1"
CONDUCT = "messaging.conduct.v1"
ENFORCEMENT = "messaging.policies.v1"
CLOCKS = "sla-monitor.clocks.v1"
POLICIES = "sla-monitor.policies.v1"
ADJUSTMENTS = "sla-monitor.adjustments.v1"
DISPUTES = "disputes.disputes.v1"
RETURNS = "disputes.returns.v1"
GOODWILL = "disputes.goodwill.v1"
CHARGES = "billing.charges.v1"
REFUNDS = "billing.refunds.v1"
PAYOUTS = "billing.payouts.v1"
HOLDS = "billing.holds.v1"


@dataclass(frozen=True, slots=True)
class Topic:
    """How a topic is provisioned; times in milliseconds, sizes in bytes."""

    name: str
    partitions: int = 12
    retention_ms: int = 30 * 86_400_000
    max_message_bytes: int = 1_048_588
    key: str = "case_id"
    """The field of the data whose value is the record's key: order holds among records of one key."""


MARKETPLACE_MESSAGE_BYTES = 8 * 1_048_576
"""What others send us is accepted large, so that an oversized record is parked instead of lost at the broker."""

KEPT_FOR_EVER = -1
"""What rules were in force when is asked for years later, and there is little of it."""

ALL: tuple[Topic, ...] = (
    *(
        Topic(name, max_message_bytes=MARKETPLACE_MESSAGE_BYTES, key=key)
        for name, key in (
            (ORDERS, "order_id"),
            (SELLERS, "seller_id"),
            (LISTINGS, "listing_id"),
            (PAYMENTS, "refund_id"),
            (PAYOUT_RUNS, "seller_id"),
            (PARCELS, "tracking_number"),
            (RECALLS, "model"),
        )
    ),
    Topic(DISCUSSIONS, key="seller_id"),
    Topic(ERASURES, retention_ms=KEPT_FOR_EVER, key="person_id"),
    Topic(SANCTIONS, key="person_id"),
    Topic(PRODUCTS, key="model"),
    Topic(PAYOUTS, key="seller_id"),
    Topic(HOLDS),
    *(
        Topic(name)
        for name in (
            CASES,
            TAKEOVERS,
            CONVERSATIONS,
            MESSAGES,
            CONDUCT,
            CLOCKS,
            DISPUTES,
            RETURNS,
            GOODWILL,
            CHARGES,
            REFUNDS,
        )
    ),
    *(Topic(name, retention_ms=KEPT_FOR_EVER, key="market") for name in (POLICIES, ADJUSTMENTS, ENFORCEMENT)),
)

_DEAD = ".dead."


def dead_letters(topic: str, consumer: str) -> Topic:
    """Return the topic where a consumer parks records of `topic` that it cannot handle."""
    return Topic(f"{topic}{_DEAD}{consumer}", partitions=1, max_message_bytes=max_record_bytes(_DEAD))


def is_dead(topic: str) -> bool:
    """Tell whether a topic, by its name, holds dead letters."""
    return _DEAD in topic


_LIMITS = {topic.name: topic.max_message_bytes for topic in ALL}


def max_record_bytes(topic: str) -> int:
    """Return the size of the largest record that a topic takes, key, value and headers together."""
    if is_dead(topic):
        return MARKETPLACE_MESSAGE_BYTES + 65_536
    return _LIMITS.get(topic, Topic(topic).max_message_bytes)
