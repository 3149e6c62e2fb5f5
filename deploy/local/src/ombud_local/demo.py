"""`make demo`: starts everything, plays the story live, prints the statement and where to look next, stops everything.

Exits 0 when every claim was seen true, 1 when one was not, and says which.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path

import httpx
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ombud_local.children import StartFailed
from ombud_local.infrastructure import start_infrastructure
from ombud_local.run_command import signals_as_interrupts
from ombud_local.run_folder import new_run_folder
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace
from ombud_local.story.people import Json
from ombud_local.story.play import play
from ombud_local.story.truth import Record, Untrue
from ombud_local.story.world import World

CHAPTERS = {
    1: "A buyer opens a case on an order line",
    2: "The message is sealed, checked and delivered",
    3: "The reply obligation runs",
    4: "Answers that are none",
    5: "Proper answers, in time and late",
    6: "Nobody answers: warnings, then the breach",
    7: "Takeovers, by itself and by decision",
    8: "The platform answers, the seller reads",
    9: "The complaint: negotiated, or mediated",
    10: "Charges and the refund",
    11: "One charge is contested and reversed",
    12: "Closed, reopened, and the statement",
}
CASE_LINES = 14


class Picture:
    """The story as it stands: chapters with their claims, and the main case's timeline."""

    def __init__(self) -> None:
        self.record = Record()
        self.entries: Sequence[Json] = ()
        self.number = ""
        self._started = time.monotonic()

    def __rich__(self) -> Group:
        return Group(self._chapters(), self._case())

    def _chapters(self) -> Table:
        table = Table(title="Ombud: from an unanswered message to a posted charge", expand=True, title_justify="left")
        table.add_column("", width=3, justify="right")
        table.add_column("chapter", ratio=2)
        table.add_column("seen true", width=9, justify="right")
        table.add_column("last", ratio=3, overflow="ellipsis", no_wrap=True)
        for number, title in CHAPTERS.items():
            claims = [s.claim for s in self.record.seen if s.chapter == number]
            mark = Text(str(number), style="bold green" if claims else "dim")
            table.add_row(
                mark, title, str(len(claims) or ""), claims[-1] if claims else "", style="" if claims else "dim"
            )
        return table

    def _case(self) -> Panel:
        lines = Table.grid(padding=(0, 2))
        for entry in self.entries[-CASE_LINES:]:
            service, _, what = entry["type"].partition(".")
            shown = ", ".join(f"{k} {v}" for k, v in entry["summary"].items() if k in _SHOWN)
            lines.add_row(entry["at"][11:19], service, Text(what, style="bold"), shown)
        seconds = time.monotonic() - self._started
        return Panel(lines, title=f"case {self.number}", subtitle=f"{seconds:.0f} s", title_align="left")


_SHOWN = ("percent", "verdict", "owner", "kind", "trigger", "remedy", "gross_minor", "amount_minor", "outcome", "party")


async def tell(urls: Mapping[str, str], stack: Stack, picture: Picture) -> World:
    """Play the story while the picture follows the main case. Raises Untrue."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[World] = loop.create_future()
    async with Marketplace(stack.infrastructure.kafka, stack.namespace) as marketplace:
        following = asyncio.create_task(_follow(ready, picture))
        try:
            return await play(urls, stack.token, marketplace, picture.record, ready)
        finally:
            following.cancel()


async def _follow(ready: "asyncio.Future[World]", picture: Picture) -> None:
    world = await ready
    agent = world.person("agent", "agt_demo")
    while True:
        case_id = world.cases.get("demo-lv")
        if case_id:
            picture.number = world.numbers["demo-lv"]
            picture.entries = await world.timeline(agent, case_id)
        await asyncio.sleep(0.5)


def _statement(console: Console, lines: Json) -> None:
    table = Table(title=f"Statement of {lines['seller_id']} for {lines['month']}", title_justify="left")
    for column in ("charge", "kind", "net", "VAT", "gross", "contest until"):
        table.add_column(column, justify="left" if column in ("charge", "kind") else "right")
    for line in lines["lines"]:
        kind = f"{line['kind']} reversed" if line["reversal"] else line["kind"]
        amounts = [f"{line[name] / 100:.2f}" for name in ("net_minor", "vat_minor", "gross_minor")]
        table.add_row(line["charge_id"], kind, *amounts, (line["contest_until"] or "")[:10])
    for total in lines["totals"]:
        table.add_row("", f"total {total['currency']}", "", "", f"{total['total_minor'] / 100:.2f}", "", style="bold")
    console.print(table)


async def _last_statement(stack: Stack, urls: Mapping[str, str]) -> Json:
    async with httpx.AsyncClient(timeout=30) as client:
        token = stack.token("seller", "sel_riga")
        month = time.strftime("%Y-%m", time.gmtime())
        answer = await client.get(
            f"{urls['billing']}/sellers/sel_riga/statements/{month}", headers={"Authorization": f"Bearer {token}"}
        )
        statement: Json = answer.json()
        return statement


def run(console: Console, picture_file: Path | None) -> int:
    """Start, play, stop. Returns the exit code."""
    picture = Picture()
    markets = files("ombud_local").joinpath("markets")
    with (
        as_file(markets) as market_folder,
        new_run_folder("demo") as folder,
        start_infrastructure(folder.path, lambda line: console.print(line, style="dim")) as infrastructure,
        Stack(infrastructure, folder.path, markets=market_folder) as stack,
    ):
        stack.prepare()
        stack.start_all(progress=lambda line: console.print(line, style="dim"))
        urls = {process.service: process.url for process in stack.processes}
        untrue = ""
        statement: Json = {}
        try:
            with Live(picture, console=console, refresh_per_second=4):
                asyncio.run(tell(urls, stack, picture))
            statement = asyncio.run(_last_statement(stack, urls))
        except* Untrue as group:
            untrue = "; ".join(str(error) for error in group.exceptions)
        if untrue:
            folder.keep = True
            console.print(f"[bold red]untrue:[/] {escape(untrue)}", soft_wrap=True)
            console.print(f"logs, until the next run: {folder.path}", soft_wrap=True)
            return 1
    _statement(console, statement)
    console.print(
        f"[bold green]{len(picture.record.seen)} claims seen true.[/] Next: README.md, docs/tour.md, `make up`."
    )
    if picture_file is not None:
        console.save_svg(str(picture_file), title="make demo")
    return 0


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m ombud_local.demo", description=__doc__)
    parser.add_argument("--picture", type=Path, help="write what was shown to this SVG file")
    arguments = parser.parse_args()
    console = Console(record=arguments.picture is not None, width=130 if arguments.picture else None)
    try:
        with signals_as_interrupts():
            sys.exit(run(console, arguments.picture))
    except StartFailed as error:
        console.print(f"[bold red]not started:[/] {error}", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
