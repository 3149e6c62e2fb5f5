"""Pictures of the dashboards: every panel of each, as a real Prometheus answers it for a real run of the story.

`make pictures` writes docs/dashboards/*.png. The run is played on five services as processes, with Kafka and MongoDB.
"""

import asyncio
import json
import math
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import httpx
from expressions import OBSERVABILITY
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter
from matplotlib.figure import Figure
from scraping import scraped

from ombud_contracts.generate import REPOSITORY
from ombud_local.infrastructure import start_infrastructure
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace
from ombud_local.story.play import play
from ombud_local.story.truth import Record
from ombud_local.story.world import World
from ombud_words import BuyerId, SellerId

FOLDER = REPOSITORY / "docs/dashboards"
_ACROSS = 3
_PANEL_INCHES = (4.6, 2.4)
_HEADING_INCHES = 0.45
_SHOWN = 6
"""Series in one panel; the others are those with the least values."""
_STEP_SECONDS = 2
_CUSTOMERS = 90
_BETWEEN_SECONDS = 2.0
QUESTION = "Lādētājs nestrādā. Ko darīt?"
ANSWER = "Atvainojiet par kavēšanos, jauns lādētājs jums tiks nosūtīts jau šodien ar kurjeru."
LEAK = "Zvaniet man uz +371 29 123 456, tur vienosimies."
_UNITS = {"s": "seconds", "reqps": "per second", "ops": "per second", "percentunit": "part", "bytes": "bytes"}
Series = tuple[str, Sequence[datetime], Sequence[float]]


async def main() -> None:
    """Play the story beside a Prometheus, and draw every dashboard."""
    with tempfile.TemporaryDirectory() as name, as_file(files("ombud_local").joinpath("markets")) as markets:
        folder = Path(name)
        with (
            start_infrastructure(folder, print) as infrastructure,
            Stack(infrastructure, folder, markets=markets) as stack,
        ):
            stack.prepare()
            stack.start_all(progress=print)
            with scraped(stack, folder) as prometheus:
                began = datetime.now(UTC)
                await _play(stack)
                ended = datetime.now(UTC)
                async with httpx.AsyncClient(base_url=prometheus, timeout=30) as http:
                    for file in sorted((OBSERVABILITY / "dashboards").glob("*.json")):
                        await _draw(json.loads(file.read_text()), FOLDER / f"{file.stem}.png", http, (began, ended))
                        print(f"drawn: {file.stem}")


async def _play(stack: Stack) -> None:
    print("the story is played")
    urls = {process.service: process.url for process in stack.processes}
    async with AsyncExitStack() as held:
        marketplace = await held.enter_async_context(Marketplace(stack.infrastructure.kafka, stack.namespace))
        http = await held.enter_async_context(httpx.AsyncClient(timeout=30))
        world = World(urls, stack.token, marketplace, Record(), http)
        async with asyncio.TaskGroup() as town:
            town.create_task(play(urls, stack.token, marketplace, Record()))
            for number in range(_CUSTOMERS):
                town.create_task(_a_customer(world, number))


async def _a_customer(world: World, number: int) -> None:
    """Ask about something bought; two sellers of three answer, and one leads off the platform before."""
    await asyncio.sleep(number * _BETWEEN_SECONDS)
    buyer, seller = world.person("buyer", f"buy_{number}"), world.person("seller", f"sel_{number % 7}")
    bought = await world.marketplace.sell("demo-lv", BuyerId(buyer.id), SellerId(seller.id), "Lādētājs")
    opened = await world.open_case(buyer, bought, "DEFECTIVE", QUESTION, of_its_market=False)
    if number % 3:
        await world.clock_with(buyer, opened["case_id"], "reply", ("RUNNING",), 60)
        await world.think(4)
        for text in (LEAK, ANSWER) if number % 6 == 1 else (ANSWER,):
            path = f"/conversations/{opened['case_id']}/messages"
            await seller.ask("POST", "messaging", path, {"text": text})  # who was late is refused


async def _draw(
    dashboard: Mapping[str, Any], to: Path, http: httpx.AsyncClient, span: tuple[datetime, datetime]
) -> None:
    """Draw a dashboard: its rows as headings, and its panels below them."""
    rows = list(_rows(dashboard["panels"]))
    heights = [height for _, panels in rows for height in (_HEADING_INCHES, *[_PANEL_INCHES[1]] * _lines(panels))]
    figure = Figure(figsize=(_PANEL_INCHES[0] * _ACROSS, sum(heights) + _HEADING_INCHES), layout="constrained")
    figure.suptitle(f"{dashboard['title']}, {span[0]:%Y-%m-%d %H:%M} UTC", fontweight="bold")
    grid = figure.add_gridspec(len(heights), _ACROSS, height_ratios=heights)
    line = 0
    for heading, panels in rows:
        title = figure.add_subplot(grid[line, :])
        title.axis("off")
        title.text(0, 0.2, heading, fontsize=12, fontweight="bold")
        line += 1
        for number, panel in enumerate(panels):
            place = figure.add_subplot(grid[line + number // _ACROSS, number % _ACROSS])
            _panel(place, panel, [s for t in panel["targets"] for s in await _asked(http, t, span)])
        line += _lines(panels)
    to.parent.mkdir(exist_ok=True)
    figure.savefig(to, dpi=80, metadata={"Software": None})


def _rows(panels: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, list[Mapping[str, Any]]]]:
    """Yield each row's title with its panels."""
    heading, below = "", list[Mapping[str, Any]]()
    for panel in panels:
        if panel["type"] == "row":
            if below:
                yield heading, below
            heading, below = panel["title"], []
        else:
            below.append(panel)
    yield heading, below


def _lines(panels: Sequence[object]) -> int:
    return math.ceil(len(panels) / _ACROSS)


async def _asked(http: httpx.AsyncClient, target: Mapping[str, str], span: tuple[datetime, datetime]) -> list[Series]:
    """Return what a panel's expression was during the run, by legend."""
    query = target["expr"].replace("$__rate_interval", "15s").replace("$job", ".+")
    asked = {"query": query, "start": span[0].timestamp(), "end": span[1].timestamp(), "step": _STEP_SECONDS}
    answer = (await http.get("/api/v1/query_range", params=asked)).raise_for_status().json()
    return [_series(result, target["legendFormat"]) for result in answer["data"]["result"]]


def _series(result: Mapping[str, Any], legend: str) -> Series:
    name = re.sub(r"\{\{(\w+)\}\}", lambda label: result["metric"].get(label[1], ""), legend)
    times = [datetime.fromtimestamp(at, UTC) for at, _ in result["values"]]
    return name, times, [float(value) for _, value in result["values"]]


def _panel(place: Axes, panel: Mapping[str, Any], series: Sequence[Series]) -> None:
    most = sorted(series, key=lambda s: max((v for v in s[2] if not math.isnan(v)), default=0), reverse=True)
    for name, times, values in most[:_SHOWN]:
        place.plot(times, values, label=name, linewidth=1.2)
    unit = panel["fieldConfig"]["defaults"].get("unit", "short")
    place.set_title(panel["title"], fontsize=9, loc="left")
    place.set_ylabel(_UNITS.get(unit, ""), fontsize=7)
    place.set_ylim(0, max(1.0, place.get_ylim()[1]) if not any(v for _, _, vs in most for v in vs) else None)
    place.tick_params(labelsize=6)
    place.xaxis.set_major_formatter(DateFormatter("%H:%M:%S"))
    place.grid(alpha=0.3)
    if most:
        place.legend(fontsize=6, loc="upper left", framealpha=0.5)
    else:
        place.set_xticks([])
        place.text(0.5, 0.5, "nothing in this run", transform=place.transAxes, ha="center", fontsize=8, color="grey")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
