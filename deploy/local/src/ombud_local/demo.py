"""`make demo`: starts everything, plays the story live, prints the statement and where to look next, stops everything.

Exits 0 when every claim was seen true, 1 when one was not, and says which.
"""

import argparse
import asyncio
import io
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

import httpx
from rich import box
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
from ombud_local.story.play import SELLERS, STORIES, play
from ombud_local.story.truth import Record, Untrue
from ombud_local.story.world import World, month_in

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
    13: "A takeover in error, and all of it undone",
    14: "A locked phone, and two more from the same seller",
    15: "A recall: whoever bought the model is told",
    16: "Two appeals granted: money and contact come back",
    17: "A complaint about conduct: told, heard, reversed",
    18: "A return that the seller ignores, done all the same",
    19: "A counterfeit: the seller is reviewed, until the verdict falls",
    20: "A guarantee that pays by itself, and a late scan",
    21: "A finding about a claim, and the way back from it",
}
CHAPTERS_OF = {
    "main": range(1, 13),
    "undone": range(13, 14),
    "locked": range(14, 15),
    "recall": range(15, 16),
    "appeal": range(16, 17),
    "conduct": range(17, 18),
    "return": range(18, 19),
    "counterfeit": range(19, 20),
    "guarantee": range(20, 21),
    "finding": range(21, 22),
}
"""Story → its chapters."""
STATEMENT_OF = {
    "": "sel_riga",
    "main": "sel_riga",
    "undone": "sel_liepaja",
    "locked": "sel_ventspils",
    "appeal": "sel_cesis",
    "return": "sel_sigulda",
    "counterfeit": "sel_kuldiga",
    "guarantee": "sel_toledo",
}
"""Story → the seller whose statement ends it."""
CASE_LINES = 14
PICTURE_COLUMNS = 104


class Picture:
    """The story as it stands: chapters with their claims, and the main case's timeline."""

    def __init__(self, story: str = "") -> None:
        self.story = story
        """The one that is played by itself; empty for all."""
        self.record = Record()
        self.entries: Sequence[Json] = ()
        self.number = ""
        self.told_whole = False
        """Show the case's milestones from beginning to end, instead of what happened last."""
        self._started = time.monotonic()

    def __rich__(self) -> Group:
        return Group(self._chapters(), self._case())

    def _chapters(self) -> Table:
        title = (
            f"Ombud, the story: {self.story}" if self.story else "Ombud: from an unanswered message to a posted charge"
        )
        table = Table(title=title, title_justify="left", expand=True, box=box.SIMPLE)
        table.add_column("", width=3, justify="right")
        table.add_column("chapter", width=42, overflow="ellipsis", no_wrap=True)
        table.add_column("true", width=4, justify="right")
        table.add_column("seen last", overflow="ellipsis", no_wrap=True, ratio=1)
        shown = CHAPTERS_OF.get(self.story, CHAPTERS)
        for number, title in ((number, CHAPTERS[number]) for number in shown):
            claims = [s.claim for s in self.record.seen if s.chapter == number]
            mark = Text(str(number), style="bold green" if claims else "dim")
            last = escape(claims[-1]) if claims else ""
            table.add_row(mark, title, str(len(claims) or ""), last, style="" if claims else "dim")
        return table

    def _case(self) -> Panel:
        lines = Table.grid(padding=(0, 2))
        milestones = [e for e in self.entries if e["type"].partition(".")[2] in _STYLES]
        for entry in milestones if self.told_whole else self.entries[-CASE_LINES:]:
            service, _, what = entry["type"].partition(".")
            style = f"bold {_STYLES.get(what, '')}".strip()
            lines.add_row(
                entry["at"][11:19], Text(service, style="cyan"), Text(what, style=style), _summary(entry["summary"])
            )
        seconds = time.monotonic() - self._started
        return Panel(lines, title=f"case {self.number}", subtitle=f"{seconds:.0f} s", title_align="left")


_STYLES = {
    "case_opened": "",
    "message_delivered": "",
    "message_blocked": "red",
    "clock_warned": "",
    "clock_breached": "red",
    "takeover_activated": "yellow",
    "dispute_opened": "",
    "dispute_decided": "yellow",
    "charge_posted": "green",
    "charge_reversed": "",
    "refund_completed": "green",
    "case_closed": "green",
    "case_reopened": "",
}
"""What matters most in a case, and how it is coloured."""
_SHOWN = {
    "author_role": "by",
    "not_qualifying_because": "no reply:",
    "percent": "percent",
    "verdict": "",
    "owner": "owner",
    "kind": "",
    "trigger": "trigger",
    "remedy": "",
    "gross_minor": "gross_minor",
    "amount_minor": "amount_minor",
    "outcome": "",
    "party": "",
}
"""Members of a timeline's entry that are shown, and the word before each."""


def _summary(members: Json) -> str:
    hidden = set() if members.get("author_role") == "seller" else {"not_qualifying_because"}
    told = {name: value for name, value in members.items() if name in _SHOWN and name not in hidden and value}
    return ", ".join(f"{_SHOWN[name]} {_plain(value)}".strip() for name, value in told.items())


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


async def tell(urls: Mapping[str, str], stack: Stack, picture: Picture) -> World:
    """Play the story while the picture follows the main case. Raises Untrue."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[World] = loop.create_future()
    async with Marketplace(stack.infrastructure.kafka, stack.namespace) as marketplace:
        following = asyncio.create_task(_follow(ready, picture))
        try:
            world = await play(urls, stack.token, marketplace, picture.record, ready, picture.story)
        finally:
            following.cancel()
        async with httpx.AsyncClient(timeout=30) as client:
            await _look(replace(world, client=client), picture)
        return world


async def _follow(ready: "asyncio.Future[World]", picture: Picture) -> None:
    world = await ready
    while True:
        await _look(world, picture)
        await asyncio.sleep(0.5)


async def _look(world: World, picture: Picture) -> None:
    market = next(iter(world.cases), "") if world.alone else "demo-lv"
    if case_id := world.cases.get(market):
        picture.number = world.numbers[market]
        picture.entries = await world.timeline(world.person("agent", "agt_demo"), case_id)


def _statement(console: Console, lines: Json) -> None:
    table = Table(title=f"Statement of {lines['seller_id']} for {lines['month']}", title_justify="left", box=box.SIMPLE)
    for column in ("charge", "kind", "net", "VAT", "gross", "contest until"):
        table.add_column(column, justify="left" if column in ("charge", "kind") else "right")
    for line in lines["lines"]:
        kind = f"{line['kind']} reversed" if line["reversal"] else line["kind"]
        amounts = [f"{line[name] / 100:.2f}" for name in ("net_minor", "vat_minor", "gross_minor")]
        table.add_row(line["charge_id"], kind, *amounts, (line["contest_until"] or "")[:10])
    for total in lines["totals"]:
        table.add_row("", f"total {total['currency']}", "", "", f"{total['total_minor'] / 100:.2f}", "", style="bold")
    console.print(table)


async def _last_statement(stack: Stack, urls: Mapping[str, str], seller: str | None) -> Json:
    if seller is None:
        return {}
    async with httpx.AsyncClient(timeout=30) as client:
        token = stack.token("seller", seller)
        month = month_in(next(market for id, market, _ in SELLERS if id == seller))
        answer = await client.get(
            f"{urls['billing']}/sellers/{seller}/statements/{month}", headers={"Authorization": f"Bearer {token}"}
        )
        statement: Json = answer.json()
        return statement


def run(console: Console, picture_file: Path | None, story: str = "") -> int:
    """Start, play, stop. Returns the exit code."""
    picture = Picture(story)
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
            try:
                with Live(picture, console=console, refresh_per_second=4):
                    asyncio.run(tell(urls, stack, picture))
            finally:
                if not console.is_terminal:  # the picture is then written once, without its last line break
                    console.line()
            statement = asyncio.run(_last_statement(stack, urls, STATEMENT_OF.get(story)))
        except* Untrue as group:
            untrue = "; ".join(str(error) for error in group.exceptions)
        if untrue:
            folder.keep = True
            console.print(f"[bold red]untrue:[/] {escape(untrue)}", soft_wrap=True)
            console.print(f"logs, until the next run: {folder.path}", soft_wrap=True)
            return 1
    _ending(console, picture, statement)
    if picture_file is not None:
        _save(picture, statement, picture_file)
    return 0


def _ending(console: Console, picture: Picture, statement: Json) -> None:
    if statement:
        _statement(console, statement)
    seen = len(picture.record.seen)
    console.print(f"[bold green]{seen} claims hold.[/] Next: README.md, docs/tour.md, `make up`.", highlight=False)


def _save(picture: Picture, statement: Json, file: Path) -> None:
    """Write how the run ended as a picture, without this machine's addresses and without fonts from elsewhere."""
    canvas = Console(record=True, width=PICTURE_COLUMNS, file=io.StringIO(), force_terminal=True)
    picture.told_whole = True
    canvas.print(picture)
    _ending(canvas, picture, statement)
    drawn = canvas.export_svg(title="make demo", unique_id="demo")
    file.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL))


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m ombud_local.demo", description=__doc__)
    parser.add_argument("--picture", type=Path, help="write how the run ended to this SVG file")
    parser.add_argument("--story", choices=["", *STORIES], default="", help="play one story alone")
    arguments = parser.parse_args()
    console = Console()
    try:
        with signals_as_interrupts():
            sys.exit(run(console, arguments.picture, arguments.story))
    except StartFailed as error:
        console.print(f"[bold red]not started:[/] {error}", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
