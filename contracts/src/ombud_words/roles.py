"""Who acts, and who of them works for the platform."""

from enum import StrEnum


class Role(StrEnum):
    """Who acts (product rules, section 8)."""

    BUYER = "buyer"
    SELLER = "seller"
    AGENT = "agent"
    MEDIATOR = "mediator"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


STAFF = frozenset({Role.AGENT, Role.MEDIATOR, Role.SUPERVISOR, Role.ADMINISTRATOR, Role.SYSTEM})
MEDIATORS = frozenset({Role.MEDIATOR, Role.SUPERVISOR})
"""Who sees what is for the mediator only, beside the party whose it is."""
"""The platform's own people and systems, by name: a role that is added later is not one of them by itself."""
