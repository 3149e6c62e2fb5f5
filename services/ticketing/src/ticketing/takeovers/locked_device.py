"""T4's one chance: the seller may unlock the device from afar within a working day, and the buyer says whether it worked."""

from collections.abc import Mapping

from chassis.aggregate import Unit
from ombud_contracts.events.sla_monitor import ClockBreached
from ombud_contracts.market import Market
from ombud_words import EventId, Role, TakeoverId
from ticketing.cases.domain import TellParties
from ticketing.cases.store import CASES
from ticketing.takeovers.deciding import return_contact
from ticketing.takeovers.domain.commands import EndUnlock, RequestUnlock
from ticketing.takeovers.domain.refusals import UnknownTakeover
from ticketing.takeovers.domain.state import NOT_ANSWERED, STILL_LOCKED, UNLOCKED, Takeover
from ticketing.takeovers.store import TAKEOVERS

_BOTH = (Role.BUYER, Role.SELLER)


async def give_unlock_chance(takeover_id: TakeoverId, unit: Unit) -> None:
    """Give the seller the chance once, where the platform has the contact and no verdict was given; both sides are told."""
    if await unit.read(TAKEOVERS, takeover_id) is None:
        return
    after = await unit.execute(TAKEOVERS, takeover_id, RequestUnlock(unit.now))
    if after.unlock_runs:
        notice = TellParties(about=takeover_id, notice="unlock_requested", recipients=_BOTH, at=unit.now)
        await unit.execute(CASES, after.case_id, notice)


async def answer_unlock(takeover_id: TakeoverId, unit: Unit, *, unlocked: bool) -> Takeover:
    """The buyer says whether the device is unlocked: then the contact is the seller's again. Raises NoUnlockChance."""
    before = await unit.read(TAKEOVERS, takeover_id)
    if before is None:
        raise UnknownTakeover("there is no such takeover")
    answer = EndUnlock(UNLOCKED if unlocked else STILL_LOCKED, Role.BUYER, unit.now)
    after = await unit.execute(TAKEOVERS, takeover_id, answer)
    await return_contact(before, after, unit)
    return after


async def count_as_locked(
    breach: ClockBreached, _breach_id: EventId, _markets: Mapping[str, Market], unit: Unit
) -> None:
    """End the chance when the buyer did not say that it worked: the device counts as locked."""
    takeover_id = TakeoverId(breach.subject)
    if await unit.read(TAKEOVERS, takeover_id) is not None:
        await unit.execute(TAKEOVERS, takeover_id, EndUnlock(NOT_ANSWERED, Role.SYSTEM, unit.now))
