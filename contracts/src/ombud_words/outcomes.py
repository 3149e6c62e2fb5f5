"""Why the platform takes over, what a dispute ends with, what a seller is charged for, and who reads what."""

from enum import StrEnum


class Trigger(StrEnum):
    """Why the platform takes a contact over (product rules, section 4)."""

    MISSED_DEADLINE = "T1"
    QUALITY_CONFORMITY = "T2"
    RIGHTS_BREACH = "T3"
    LOCKED_DEVICE = "T4"
    COUNTERFEIT = "T5"
    UNSAFE = "T6"
    OFF_PLATFORM = "T7"


class Remedy(StrEnum):
    """Coded outcomes of a dispute (product rules, section 5)."""

    FULL_REFUND = "FULL_REFUND"
    PARTIAL_REFUND = "PARTIAL_REFUND"
    SHIPPING_REFUND = "SHIPPING_REFUND"
    RETURN_AND_REFUND = "RETURN_AND_REFUND"
    RETURNLESS_REFUND = "RETURNLESS_REFUND"
    REPLACEMENT = "REPLACEMENT"
    REPAIR = "REPAIR"
    MISSING_PART = "MISSING_PART"
    REMOTE_HELP = "REMOTE_HELP"
    UNLOCK = "UNLOCK"
    PRICE_REDUCTION = "PRICE_REDUCTION"
    GOODWILL = "GOODWILL"
    LISTING_CORRECTION = "LISTING_CORRECTION"
    NONE = "NONE"


class ChargeKind(StrEnum):
    """What a seller may be charged for (product rules, section 6)."""

    REFUND = "REFUND"
    SHIPPING_REFUND = "SHIPPING_REFUND"
    RETURN_LABEL = "RETURN_LABEL"
    INSPECTION = "INSPECTION"
    REPAIR = "REPAIR"
    HANDLING_FEE = "HANDLING_FEE"
    PENALTY = "PENALTY"
    GOODWILL = "GOODWILL"


class Audience(StrEnum):
    """Who may read a message: the three parties' thread, or the platform's staff only."""

    THREAD = "thread"
    INTERNAL = "internal"
    MEDIATOR = "mediator"
