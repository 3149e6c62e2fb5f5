"""How a contact comes about: who owes the answer, by which way it came, and where it stands to a purchase."""

from enum import StrEnum
from typing import Final


class Counterpart(StrEnum):
    """Who owes the answer."""

    SELLER = "seller"
    PLATFORM = "platform"


class Channel(StrEnum):
    """By which way a contact came (R-21)."""

    THREAD = "thread"
    CHAT = "chat"
    EMAIL = "email"
    PHONE = "phone"
    SOCIAL = "social"


class ContactOrigin(StrEnum):
    """From where it was begun (R-49)."""

    SITE = "site"
    APP = "app"
    STAFF = "staff"
    SYSTEM = "system"


class Phase(StrEnum):
    """Where a contact stands to its purchase (R-25)."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class Matter(StrEnum):
    """What a contact is about."""

    ORDER_LINE = "order_line"
    LISTING = "listing"
    NONE = "none"


WITH_PLATFORM: Final = "platform"
"""The audience of what is between a person and the platform: the other party does not see it."""
