"""What of a case is unfinished elsewhere. Nobody resolves or closes a case over it without saying so (casework, section 2)."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from ombud_words import AppealId, DisputeId, PromiseId, RefundId, ReturnId

Matter = DisputeId | RefundId | AppealId | PromiseId | ReturnId


@dataclass(frozen=True, slots=True)
class Begin:
    """A dispute was opened, a decision appealed, a return requested, a refund ordered, or something promised."""

    matter: Matter
    at: datetime


@dataclass(frozen=True, slots=True)
class End:
    """It is over, however it ended."""

    matter: Matter
    at: datetime


@dataclass(frozen=True, slots=True)
class GoOn:
    """What it ended by was taken back, as a later event of it says (S-3)."""

    matter: Matter
    at: datetime


Command = Begin | End | GoOn


@dataclass(frozen=True, slots=True)
class Begun:
    matter: Matter
    at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    matter: Matter
    at: datetime


Event = Begun | Ended


@dataclass(frozen=True, slots=True)
class Unfinished:
    live: tuple[Matter, ...] = ()
    over: tuple[Matter, ...] = ()
    """What ended, so that a beginning that is heard late begins nothing."""

    @property
    def disputes(self) -> tuple[Matter, ...]:
        """Return the live disputes."""
        return tuple(m for m in self.live if m.startswith("dsp_"))

    @property
    def with_seller(self) -> tuple[Matter, ...]:
        """Return the live disputes and returns, of which the seller is a party."""
        return tuple(m for m in self.live if m.startswith(("dsp_", "ret_")))

    @property
    def promises(self) -> tuple[Matter, ...]:
        """Return the open promises."""
        return tuple(m for m in self.live if m.startswith("prm_"))


def decide(command: Command, state: Unfinished | None) -> list[Event]:
    """Return what is new."""
    known = state or Unfinished()
    match command:
        case Begin(matter, at):
            return [] if matter in (*known.live, *known.over) else [Begun(matter, at)]
        case End(matter, at):
            return [] if matter in known.over else [Ended(matter, at)]
        case GoOn(matter, at):
            return [] if matter in known.live else [Begun(matter, at)]
        case _:
            assert_never(command)


def evolve(state: Unfinished | None, event: Event) -> Unfinished:
    """Return the state after a fact."""
    known = state or Unfinished()
    match event:
        case Begun(matter, _):
            return Unfinished((*known.live, matter), tuple(m for m in known.over if m != matter))
        case Ended(matter, _):
            return Unfinished(tuple(m for m in known.live if m != matter), (*known.over, matter))
        case _:
            assert_never(event)
