"""The picture of a clock over HTTP."""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from chassis.http import Id, Running, Who
from sla_monitor.clocks.views import clock_view
from sla_monitor.clocks.visibility import clock_for
from sla_monitor.explaining.picture import draw
from sla_monitor.explaining.picture.style import STYLE_HASH
from sla_monitor.rules.domain import Rules


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
    """Return the route of the picture."""
    router = APIRouter()

    @router.get("/clocks/{clock_id}/picture", response_class=Picture)
    async def draw_clock(clock_id: Id, actor: Who, runtime: Running) -> Picture:
        """Draw the traces of a clock's newest rounds, readable on a phone, in light and dark."""
        clock = await clock_for(runtime, clock_id, actor)
        return Picture(draw(clock_view(clock, rules[clock.ref.market], runtime.now())), headers=_HARMLESS)

    return router
