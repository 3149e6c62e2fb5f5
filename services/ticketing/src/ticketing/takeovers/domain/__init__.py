"""Deciding about takeovers, and nothing else: what the other nouns of ticketing may use of it."""

from ticketing.takeovers.domain.commands import ConcludeTakeover, DeclineTakeover
from ticketing.takeovers.domain.grounds import Cost
from ticketing.takeovers.domain.refusals import AboveAuthority, UnknownTakeover
from ticketing.takeovers.domain.state import UNDECIDED, Status, Takeover

__all__ = [
    "UNDECIDED",
    "AboveAuthority",
    "ConcludeTakeover",
    "Cost",
    "DeclineTakeover",
    "Status",
    "Takeover",
    "UnknownTakeover",
]
