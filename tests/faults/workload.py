"""A workload with known truth: cases are opened, answered or not, and mediated, by clients that retry with the same key
until they hear an answer. Each intent is noted before the request, its outcome after."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
from movement import Moving

from chassis.testing import Patience
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace, Purchase

_RETRY_SECONDS = 0.2
_GIVE_UP_SECONDS = 120.0
"""In which nothing moves: a broker that was killed looks through all its partitions before it answers."""
Json = dict[str, Any]


@dataclass
class Intent:
    """Something a client wanted, and every answer it heard."""

    key: str
    subject: str
    path: str
    body: Json
    answers: list[tuple[int, bytes]] = field(default_factory=list)


@dataclass
class Client:
    """A client that never gives up early: lost connections and 5xx are retried with the same key."""

    stack: Stack
    urls: Mapping[str, str]
    http: httpx.AsyncClient
    moving: Moving
    """Where the stack stands: clients wait as long as it moves."""
    intents: list[Intent] = field(default_factory=list)

    async def post(
        self, role: Any, subject: str, service: str, path: str, body: Json, retry_on: tuple[int, ...] = ()
    ) -> Json:
        """Return the effect of a command, whatever happens to the service meanwhile."""
        intent = Intent(uuid.uuid4().hex, subject, path, body)
        self.intents.append(intent)
        headers = {"Authorization": f"Bearer {self.stack.token(role, subject)}", "Idempotency-Key": intent.key}
        patience = Patience(_GIVE_UP_SECONDS, self.moving)
        answer: httpx.Response | None = None
        while not await patience.is_over():
            answer = await self._try(service, path, body, headers)
            if answer is not None and answer.status_code < 500 and answer.status_code not in (409, *retry_on):
                intent.answers.append((answer.status_code, answer.content))
                assert answer.status_code < 400, f"{path} answered {answer.status_code}: {answer.text}"
                granted: Json = answer.json()
                return granted
            await asyncio.sleep(_RETRY_SECONDS)
        heard = "nothing" if answer is None else f"{answer.status_code}: {answer.text}"
        raise AssertionError(f"{service} {path} gave no lasting answer; the last one was {heard}")

    async def _try(self, service: str, path: str, body: Json, headers: Mapping[str, str]) -> httpx.Response | None:
        try:
            return await self.http.post(f"{self.urls[service]}{path}", json=body, headers=headers)
        except httpx.TransportError:
            return None

    @property
    def opened(self) -> list[Intent]:
        """The intents that opened a case."""
        return [i for i in self.intents if i.path == "/cases"]

    async def repeat(self, role: Any, service: str, intent: Intent) -> None:
        """Send an intent again with its key, and note the answer: it must be the same one (I10)."""
        headers = {"Authorization": f"Bearer {self.stack.token(role, intent.subject)}", "Idempotency-Key": intent.key}
        answer = await self.http.post(f"{self.urls[service]}{intent.path}", json=intent.body, headers=headers)
        intent.answers.append((answer.status_code, answer.content))


class Works(Protocol):
    """A stack with its client and the marketplace around it."""

    client: Client
    marketplace: Marketplace


async def open_and_answer(client: Client, marketplace: Marketplace, number: int, market: str = "lv") -> str:
    """A buyer opens a case and the seller replies. Returns the case id."""
    buyer, seller = f"buy_{number}", f"sel_{number % 3}"
    bought: Purchase = await marketplace.sell(market, buyer, seller, "Phone")
    question = {"text": "Kur ir mans telefons?", "market": market}
    draft = await client.post("buyer", buyer, "messaging", "/drafts", question)
    opening = {"order_id": bought.order_id, "line_id": "lin_1", "reason": "LATE", "draft_id": draft["draft_id"]}
    case = await client.post("buyer", buyer, "ticketing", "/cases", opening, retry_on=(404,))
    case_id: str = case["case_id"]
    reply = {"text": "Sūtījums ir ceļā, piegāde būs rīt pirms pusdienām."}
    await client.post("seller", seller, "messaging", f"/conversations/{case_id}/messages", reply, retry_on=(404,))
    return case_id


async def open_and_settle(client: Client, marketplace: Marketplace, number: int, market: str = "lv") -> str:
    """One buyer's whole story: case, reply, dispute, offer, settlement with a refund. Returns the case id."""
    buyer, seller = f"buy_{number}", f"sel_{number % 3}"
    case_id = await open_and_answer(client, marketplace, number, market)
    claim = {"reason": "LATE", "remedy": "PARTIAL_REFUND", "amount_minor": 1_000, "currency": "EUR"}
    dispute = await client.post("buyer", buyer, "disputes", f"/cases/{case_id}/disputes", claim, retry_on=(404,))
    offers = f"/disputes/{dispute['dispute_id']}/offers"
    offer = {"remedy": "PARTIAL_REFUND", "amount_minor": 700 + number, "currency": "EUR"}
    made = await client.post("seller", seller, "disputes", offers, offer)
    offer_id = made["offers"][-1]["offer_id"]
    await client.post("buyer", buyer, "disputes", f"{offers}/{offer_id}/acceptance", {})
    return case_id


async def work(run: Works, first: int, count: int, market: str = "lv") -> list[str]:
    """Several buyers' stories side by side; returns the ids of their cases."""
    stories = (open_and_settle(run.client, run.marketplace, first + n, market) for n in range(count))
    return list(await asyncio.gather(*stories))
