"""Clocks with their traces, as far as the reader may see them."""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from chassis.auth import Action, Actor, NotVisible, Parties, authorize
from chassis.http import Id, Running, Runtime, Who
from ombud_contracts.vocabulary import Role
from sla_monitor.clocks.domain.clock import Clock
from sla_monitor.clocks.store import clocks_of_case, find_clock, parties_of_case
from sla_monitor.clocks.views import ClockList, ClockView, clock_view
from sla_monitor.explaining.picture import draw
from sla_monitor.explaining.picture.style import STYLE_HASH
from sla_monitor.rules.domain.rules import Rules

SELLERS_MONEY = frozenset({"contest_window"})
"""Kinds of clocks that buyers do not see."""


class Picture(Response):
    """An SVG."""

    media_type = "image/svg+xml"


_HARMLESS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": f"default-src 'none'; style-src '{STYLE_HASH}'",
}
"""Nobody keeps the picture, and it runs and loads nothing, also when it is opened on its own."""


def router_for(rules: Mapping[str, Rules]) -> APIRouter:
    """Return the routes about clocks."""
    router = APIRouter()

    @router.get("/cases/{case_id}/clocks")
    async def list_clocks(case_id: Id, actor: Who, runtime: Running) -> ClockList:
        """Show who owes what by when in a case, with the trace of each deadline."""
        await _authorize(runtime, case_id, actor)
        now = runtime.now()
        found = await clocks_of_case(runtime.mongo, case_id)
        seen = [c for c in found if c.told and _shown(c, actor)]
        return ClockList(clocks=[clock_view(c, rules[c.ref.market], now) for c in seen])

    @router.get("/clocks/{clock_id}")
    async def get_clock(clock_id: Id, actor: Who, runtime: Running) -> ClockView:
        """Show one clock with the traces of its rounds."""
        clock = await clock_for(runtime, clock_id, actor)
        return clock_view(clock, rules[clock.ref.market], runtime.now())

    @router.get("/clocks/{clock_id}/picture", response_class=Picture)
    async def draw_clock(clock_id: Id, actor: Who, runtime: Running) -> Picture:
        """Draw the traces of a clock's newest rounds, readable on a phone, in light and dark."""
        clock = await clock_for(runtime, clock_id, actor)
        return Picture(draw(clock_view(clock, rules[clock.ref.market], runtime.now())), headers=_HARMLESS)

    return router


async def clock_for(runtime: Runtime, clock_id: str, actor: Actor) -> Clock:
    """Return a clock that the reader may see. Raises NotVisible."""
    clock = await find_clock(runtime.mongo, clock_id)
    if clock is None:
        raise NotVisible
    await _authorize(runtime, clock.ref.case_id, actor)
    if not _shown(clock, actor):
        raise NotVisible
    return clock


def _shown(clock: Clock, actor: Actor) -> bool:
    """A clock about a charge is between the seller and the platform."""
    return actor.role != Role.BUYER or clock.ref.kind not in SELLERS_MONEY


async def _authorize(runtime: Runtime, case_id: str, actor: Actor) -> None:
    parties = await parties_of_case(runtime.mongo, case_id)
    if parties is None:
        raise NotVisible
    authorize(actor, Action.READ_CLOCKS, Parties(parties["market"], parties["buyer_id"], parties["seller_id"]))
