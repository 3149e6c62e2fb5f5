"""The picture of a clock over HTTP."""

from fastapi import Response

from chassis.http import Who
from chassis.routes import ReadUnit, routes
from sla_monitor.clocks.views import clock_view
from sla_monitor.clocks.visibility import ClockIdGiven, clock_for
from sla_monitor.explaining.picture import draw
from sla_monitor.explaining.picture.style import STYLE_HASH
from sla_monitor.rules.known import RulesInForce

router = routes("sla-monitor")


class Picture(Response):
    """An SVG."""

    media_type = "image/svg+xml"


_HARMLESS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": f"default-src 'none'; style-src '{STYLE_HASH}'",
}
"""Nobody keeps the picture, and it runs and loads nothing, also when it is opened on its own."""


@router.get("/clocks/{clock_id}/picture", response_class=Picture)
async def draw_clock(clock_id: ClockIdGiven, actor: Who, unit: ReadUnit, rules: RulesInForce) -> Picture:
    """Draw the traces of a clock's newest rounds, readable on a phone, in light and dark."""
    clock = await clock_for(unit, clock_id, actor)
    return Picture(draw(clock_view(clock, rules[clock.ref.market], unit.now)), headers=_HARMLESS)
