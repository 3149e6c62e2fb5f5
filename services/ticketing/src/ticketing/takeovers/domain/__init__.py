"""Deciding about takeovers, and nothing else: what the other nouns of ticketing may use of it."""

from ticketing.takeovers.domain.refusals import AboveAuthority, UnknownTakeover
from ticketing.takeovers.domain.takeover import ConcludeTakeover, DeclineTakeover, Status, Takeover

__all__ = ["AboveAuthority", "ConcludeTakeover", "DeclineTakeover", "Status", "Takeover", "UnknownTakeover"]
