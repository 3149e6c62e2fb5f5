"""The world of the story: its people, its purchases, and the questions that every chapter asks."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import as_file, files
from zoneinfo import ZoneInfo

import httpx

from ombud_contracts.market import load_markets
from ombud_local.issuer import Role
from ombud_local.story.marketplace import Marketplace, Purchase
from ombud_local.story.people import Json, Person
from ombud_local.story.truth import Record, until
from ombud_words import CaseId, ListingId, PersonId

TokenOf = Callable[[Role, str], str]


def month_in(market: str) -> str:
    """Return the month that runs where a market is: statements are drawn in its time zone (casework, section 8)."""
    return f"{datetime.now(_zone_of(market)):%Y-%m}"


@cache
def _zone_of(market: str) -> ZoneInfo:
    with as_file(files("ombud_local").joinpath("markets")) as folder:
        return ZoneInfo(load_markets(folder)[market].time_zone)


@dataclass(slots=True)
class World:
    """Everything a chapter needs."""

    urls: Mapping[str, str]
    token: TokenOf
    marketplace: Marketplace
    record: Record
    client: httpx.AsyncClient
    cases: dict[str, CaseId] = field(default_factory=dict)
    """Market → the case that the story is about there."""
    numbers: dict[str, str] = field(default_factory=dict)
    alone: bool = False
    """One story is played by itself, so that its case is what is followed."""

    def person(self, role: Role, called: str) -> Person:
        """Return somebody with a role."""
        id = PersonId(called)
        return Person(role=role, id=id, token=self.token(role, id), urls=self.urls, client=self.client)

    async def open_case(
        self, buyer: Person, bought: Purchase, reason: str, text: str, *, of_its_market: bool = True
    ) -> Json:
        """A buyer writes a first message and opens a case about what was bought; one is kept as that of its market."""
        draft = await buyer.post("messaging", "/drafts", {"text": text, "market": bought.market})
        body = {
            "order_id": bought.order_id,
            "line_id": bought.line_id,
            "reason": reason,
            "draft_id": draft["draft_id"],
        }
        opened = await until("the order to be known", lambda: self._opened(buyer, body))
        if of_its_market:
            self.cases[bought.market] = opened["case_id"]
            self.numbers[bought.market] = opened["number"]
        return opened

    async def ask_about(self, buyer: Person, listing_id: ListingId, market: str, text: str) -> Json:
        """A buyer asks the seller of a listing something before buying."""
        draft = await buyer.post("messaging", "/drafts", {"text": text, "market": market})
        body = {"listing_id": listing_id, "reason": "PRE_SALE", "draft_id": draft["draft_id"]}
        return await until("the listing to be known", lambda: self._opened(buyer, body))

    @staticmethod
    async def _opened(buyer: Person, body: Json) -> Json | None:
        answer = await buyer.ask("POST", "ticketing", "/cases", body)
        return answer.json() if answer.status_code == httpx.codes.CREATED else None

    async def thread(self, reader: Person, case_id: CaseId, at_least: int = 1) -> list[Json]:
        """Return a conversation, oldest first, once it has so many messages for this reader."""

        async def messages() -> list[Json] | None:
            answer = await reader.ask("GET", "messaging", f"/conversations/{case_id}/messages")
            found = answer.json()["messages"] if answer.status_code == httpx.codes.OK else []
            return found[::-1] if len(found) >= at_least else None

        return await until(f"{at_least} messages in the thread", messages)

    async def write(self, author: Person, case_id: CaseId, text: str, audience: str = "thread") -> Json:
        """Write in a conversation."""
        return await author.post(
            "messaging", f"/conversations/{case_id}/messages", {"text": text, "audience": audience}
        )

    async def clock(self, reader: Person, case_id: CaseId, kind: str) -> Json | None:
        """Return the newest round of a clock, or None."""
        answer = await reader.ask("GET", "sla-monitor", f"/cases/{case_id}/clocks")
        if answer.status_code != httpx.codes.OK:
            return None
        rounds = [r for c in answer.json()["clocks"] if c["kind"] == kind for r in c["rounds"]]
        return rounds[-1] if rounds else None

    async def clock_with(
        self, reader: Person, case_id: CaseId, kind: str, verdicts: tuple[str, ...], within_seconds: float = 20
    ) -> Json:
        """Return a clock's newest round once it has one of these verdicts."""

        async def found() -> Json | None:
            current = await self.clock(reader, case_id, kind)
            return current if current and current["verdict"] in verdicts else None

        return await until(f"the {kind} clock to be {' or '.join(verdicts)}", found, within_seconds)

    async def timeline(self, reader: Person, case_id: CaseId) -> list[Json]:
        """Return everything that happened in a case, as far as the reader may see it."""
        entries: list[Json] = []
        cursor = ""
        while True:
            page = await reader.get("ticketing", f"/cases/{case_id}/timeline?limit=100{cursor}")
            entries += page["entries"]
            if page["next_cursor"] is None:
                return entries
            cursor = f"&cursor={page['next_cursor']}"

    async def happened(
        self, reader: Person, case_id: CaseId, type: str, count: int = 1, within_seconds: float = 20
    ) -> list[Json]:
        """Return the timeline's entries of a type, once there are so many."""

        async def found() -> list[Json] | None:
            entries = [e for e in await self.timeline(reader, case_id) if e["type"] == type]
            return entries if len(entries) >= count else None

        return await until(f"{count} × {type} in the timeline", found, within_seconds)

    async def dispute(self, buyer: Person, case_id: CaseId, reason: str) -> Json:
        """A buyer asks for the whole price back, once disputes knows of the case."""
        claim = {"reason": reason, "remedy": "FULL_REFUND", "currency": "EUR"}

        async def disputed() -> Json | None:
            answer = await buyer.ask("POST", "disputes", f"/cases/{case_id}/disputes", claim)
            return answer.json() if answer.status_code == httpx.codes.CREATED else None

        return await until("the dispute to be opened", disputed, 40)

    async def decide(self, mediator: Person, path: str, decision: Json) -> Json:
        """A mediator decides a dispute, once it is mediated and what the decision rests on is known."""

        async def decided() -> Json | None:
            answer = await mediator.ask("POST", "disputes", f"{path}/decision", {"currency": "EUR"} | decision)
            return answer.json() if answer.status_code == httpx.codes.OK else None

        return await until("the dispute to be mediated and decided", decided, 60)

    async def think(self, seconds: float) -> None:
        """A person reads and types; nobody answers within a second."""
        await asyncio.sleep(seconds)
