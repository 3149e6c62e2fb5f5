"""A replica of disputes with a dispute before a mediator, for tests over its routes. On real MongoDB."""

import base64
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from disputes_situations import FAST, NOON

from chassis.aggregate import Cause, Session
from chassis.auth import Actor, TokenVerifier
from chassis.mongo import Mongo
from chassis.service import create_app
from chassis.testing import FixedClock
from disputes.app import SERVICE
from disputes.consumers import mediation
from disputes.domain.dispute_command import Decide, OpenDispute
from disputes.processes import act, open_dispute
from disputes.settings import DisputesSettings
from disputes.store import erase_next_person
from ombud_contracts import Event, Metadata, Received
from ombud_contracts.events.messaging import PersonErased
from ombud_contracts.vocabulary import Role

BUYER, SELLER, AGENT, MEDIATOR = "buyer:buy_1", "seller:sel_1", "agent:agt_1", "mediator:med_1"


class SaysWho(TokenVerifier):
    """Tokens are `role:id`."""

    async def verify(self, token: str) -> Actor:
        role, _, id = token.partition(":")
        return Actor(id, Role(role))


@dataclass
class Desk:
    """What a test does with the replica."""

    http: httpx.AsyncClient
    mongo: Mongo

    async def offer(self, who: str, content: bytes, audience: str = "thread", kind: str = "photo") -> httpx.Response:
        """Submit evidence; return the answer."""
        body = {"kind": kind, "content_base64": base64.b64encode(content).decode(), "audience": audience}
        headers = {"Authorization": f"Bearer {who}", "Idempotency-Key": uuid.uuid4().hex}
        return await self.http.post("/disputes/dsp_1/evidence", headers=headers, json=body)

    async def submit(self, who: str, content: bytes, audience: str = "thread") -> str:
        """Submit evidence that is taken; return its id."""
        answer = await self.offer(who, content, audience)
        assert answer.status_code == 201, answer.text
        id: str = answer.json()["evidence"][-1]["evidence_id"]
        return id

    async def get(self, who: str, path: str) -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {who}"})

    async def content(self, who: str, id: str) -> bytes:
        answer = await self.get(who, f"/evidence/{id}/content")
        assert answer.status_code == 200, answer.text
        return answer.content

    async def tell(self, *commands: OpenDispute | Decide) -> None:
        session = Session(self.mongo, FixedClock(NOON))
        unit = session.unit(Cause("test", "test"))
        for command in commands:
            if isinstance(command, OpenDispute):
                await open_dispute(command, unit)
            else:
                await act("dsp_1", command, NOON, unit)
        await session.commit()

    async def hear(self, event: Event, subject: str) -> None:
        """Hear an event of another service."""
        metadata = Metadata(
            id=f"{subject}:1",
            subject=subject,
            sequence=1,
            key=subject,
            occurred_at=NOON,
            recorded_at=NOON,
            correlation_id="test",
            causation_id="test",
        )
        session = Session(self.mongo, FixedClock(NOON))
        received = Received(metadata=metadata, event=event, type=event.type)
        await mediation(self.mongo).handle(received, session.unit(Cause(metadata.id, "test")))
        await session.commit()

    async def erased(self, person_id: str, role: Role) -> None:
        """Hear that messaging erased somebody, and do all that follows."""
        id = f"ers_{person_id}"
        event = PersonErased(erasure_id=id, person_id=person_id, role=role, conversations=1, messages=2, erased_at=NOON)
        await self.hear(event, id)
        while await erase_next_person(self.mongo):
            continue


@asynccontextmanager
async def a_desk() -> AsyncIterator[Desk]:
    """Give a desk with a dispute before a mediator."""
    settings = DisputesSettings(
        env="test",
        kafka="127.0.0.1:9",
        mongo=os.environ["OMBUD_MONGO"],
        namespace=f"t{uuid.uuid4().hex[:8]}",
        oidc_issuer="http://127.0.0.1:9/none",
    )
    app = create_app(SERVICE, settings, FixedClock(NOON))
    mongo: Mongo = app.state.runtime.mongo
    app.state.runtime.verifier = SaysWho("http://127.0.0.1:9/none", "ombud")
    await mongo.ensure(SERVICE.indexes)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://disputes") as http:
        made = Desk(http, mongo)
        await made.tell(FAST)
        yield made
    await mongo.drop()
    await mongo.close()
