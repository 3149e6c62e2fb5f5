"""Every consumer group, spelled once, with what it subscribes to. Two purposes never share a group."""

from dataclasses import dataclass

from ombud_contracts import topics


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group: `<consumer>.<purpose>` and the topics it reads."""

    name: str
    topics: tuple[str, ...]
    skips_lost_records: bool = True
    """When retention took records that were never read: go on with the next, and say so; or stop until told to."""

    @property
    def consumer(self) -> str:
        """The service that reads."""
        return self.name.partition(".")[0]


_OUR_EVENTS = (
    topics.CASES,
    topics.TAKEOVERS,
    topics.CONVERSATIONS,
    topics.MESSAGES,
    topics.CONDUCT,
    topics.CLOCKS,
    topics.DISPUTES,
    topics.RETURNS,
    topics.GOODWILL,
    topics.CHARGES,
    topics.REFUNDS,
    topics.HOLDS,
)

TICKETING_CASEWORK = Group(
    "ticketing.casework",
    (
        topics.ORDERS,
        topics.LISTINGS,
        topics.SELLERS,
        topics.RECALLS,
        topics.SANCTIONS,
        topics.PRODUCTS,
        *_OUR_EVENTS,
    ),
)
MESSAGING_CONVERSATIONS = Group(
    "messaging.conversations", (topics.CASES, topics.TAKEOVERS, topics.CLOCKS, topics.DISPUTES)
)
SLA_CLOCKS = Group(
    "sla-monitor.clocks",
    (
        topics.ORDERS,
        topics.SELLERS,
        topics.CASES,
        topics.TAKEOVERS,
        topics.CONVERSATIONS,
        topics.MESSAGES,
        topics.CONDUCT,
        topics.DISCUSSIONS,
        topics.DISPUTES,
        topics.RETURNS,
        topics.CHARGES,
        topics.REFUNDS,
        topics.HOLDS,
    ),
)
DISPUTES_MEDIATION = Group(
    "disputes.mediation",
    (
        topics.ORDERS,
        topics.PARCELS,
        topics.CASES,
        topics.TAKEOVERS,
        topics.CLOCKS,
        topics.REFUNDS,
        topics.ERASURES,
        topics.ENFORCEMENT,
        topics.SANCTIONS,
    ),
)
BILLING_CHARGES = Group(
    "billing.charges",
    (
        topics.ORDERS,
        topics.SELLERS,
        topics.PAYMENTS,
        topics.PAYOUT_RUNS,
        topics.CASES,
        topics.TAKEOVERS,
        topics.CLOCKS,
        topics.DISPUTES,
        topics.RETURNS,
        topics.GOODWILL,
        topics.PAYOUTS,
    ),
    skips_lost_records=False,  # a charge or a refund that nobody heard of is money; a person decides
)

ALL: tuple[Group, ...] = (
    TICKETING_CASEWORK,
    MESSAGING_CONVERSATIONS,
    SLA_CLOCKS,
    DISPUTES_MEDIATION,
    BILLING_CHARGES,
)
