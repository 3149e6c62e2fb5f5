"""Messaging's app on the MongoDB that `OMBUD_MONGO` names, with an open conversation of one buyer and one seller."""

import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from chassis.aggregate import Cause, Session
from chassis.files import Files
from chassis.grid_files import GridFiles
from chassis.http import Runtime
from chassis.ids import new_id
from chassis.mongo import Driver, Mongo
from chassis.parts import Parts
from chassis.sealing import Sealer
from chassis.service import create_app
from chassis.testing import FixedClock
from chassis.testing.databases import mongo_address
from chassis.testing.desk import SaysWho
from messaging.app import SERVICE
from messaging.attachments.settings import MessagingSettings
from messaging.conversations.domain.command import OpenConversation
from messaging.conversations.store import CONVERSATIONS, conversation_id

BUYER, SELLER, AGENT = "buyer:buy_1", "seller:sel_1", "agent:agt_1"
OTHERS = ("buyer:buy_2", "seller:sel_2", "agent:agt_2:pt", "buyer:sel_1", "seller:buy_1")
"""People who have no part in the conversation, or have the other one's id in another role."""
Json = dict[str, Any]
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass
class Desk:
    """A replica of messaging, and ways to ask it."""

    app: FastAPI
    mongo: Mongo
    files: Files
    clock: FixedClock
    case: str = "cas_1"
    http: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://messaging")

    async def get(self, who: str, path: str) -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {who}"})

    async def upload(
        self, who: str, name: str, content: bytes | AsyncIterator[bytes], key: str = "", case: str = ""
    ) -> httpx.Response:
        headers = {
            "Authorization": f"Bearer {who}",
            "Idempotency-Key": key or uuid.uuid4().hex,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        }
        return await self.http.post(f"/conversations/{case or self.case}/attachments", headers=headers, content=content)

    async def uploaded(self, who: str, name: str, content: bytes) -> str:
        answer = await self.upload(who, name, content)
        assert answer.status_code == 201, answer.text
        id: str = answer.json()["attachment_id"]
        return id

    async def post(self, who: str, body: Mapping[str, object], key: str = "") -> httpx.Response:
        headers = {"Authorization": f"Bearer {who}", "Idempotency-Key": key or uuid.uuid4().hex}
        return await self.http.post(f"/conversations/{self.case}/messages", headers=headers, json=dict(body))

    async def sent(self, who: str, *ids: str, **body: object) -> Json:
        answer = await self.post(who, {"attachments": list(ids), **body})
        assert answer.status_code == 201, answer.text
        posted: Json = answer.json()
        return posted

    async def link(self, who: str, message_id: str, attachment_id: str) -> httpx.Response:
        return await self.get(who, f"/messages/{message_id}/attachments/{attachment_id}/link")

    async def read(self, who: str, message_id: str, attachment_id: str) -> httpx.Response:
        link = await self.link(who, message_id, attachment_id)
        assert link.status_code == 200, link.text
        return await self.get(who, link.json()["url"])

    async def rows(self) -> list[Json]:
        return await self.mongo.find("attachments", {}, sort=[("_id", 1)], limit=100)


async def a_desk(namespace: str, driver: Driver = "motor", **settings: Any) -> Desk:
    """A replica that knows its policies, and does nothing by itself."""
    clock = FixedClock(NOON)
    configured = MessagingSettings(
        env="test",
        kafka="127.0.0.1:9",
        mongo=SecretStr(mongo_address()),
        mongo_driver=driver,
        namespace=namespace,
        oidc_issuer="http://127.0.0.1:9/none",
        policy_notice_seconds=100_000,
        **settings,
    )
    parts: list[Parts] = []

    def composed(runtime: Runtime) -> Parts:
        parts.append(SERVICE.compose(runtime))
        return parts[-1]

    app = create_app(replace(SERVICE, compose=composed), configured, clock)
    runtime = app.state.runtime
    await runtime.mongo.ensure(SERVICE.indexes)
    await parts[0].prepare()
    runtime.verifier = SaysWho()
    return Desk(app, runtime.mongo, GridFiles(runtime.mongo, "files"), clock)


ORDER = "ord_26554433"
"""The order of every conversation: its digits could be dialled in Latvia."""


async def emptied(desk: Desk) -> None:
    """Begin anew in the same database: making one for each test takes longer than the tests."""
    for collection in (*SERVICE.indexes, "answers", "outbox", "files.files", "files.chunks"):
        await desk.mongo.remove(collection, {})
    desk.clock.at = NOON
    desk.case = new_id("cas")  # a replica remembers the keys of conversations
    await opened(desk, desk.case)


async def opened(desk: Desk, case: str) -> None:
    """Open a conversation."""
    session = Session(desk.mongo, desk.clock)
    unit = session.unit(Cause("test", "test"))
    Sealer(desk.mongo, "").new_key(case, unit)
    command = OpenConversation(
        case_id=case,
        market="lv",
        buyer_id="buy_1",
        seller_id="sel_1",
        language="lv",
        key_id=case,
        first=None,
        at=desk.clock.at,
        references=("LV-26-7K3M9", ORDER),
    )
    await unit.execute(CONVERSATIONS, conversation_id(case), command)
    await session.commit()
