"""Deciding about takeovers, and nothing else: what the other nouns of ticketing may use of it."""

from ticketing.takeovers.domain.refusals import UnknownTakeover
from ticketing.takeovers.domain.takeover import ConcludeTakeover, Takeover

__all__ = ["ConcludeTakeover", "Takeover", "UnknownTakeover"]
