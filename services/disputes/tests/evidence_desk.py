"""Disputes with a dispute before a mediator, and what a test over its evidence does. On real MongoDB."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from disputes_situations import ADMITTED, FAST, MONEY, NOON

from chassis.aggregate import Cause, Session
from chassis.mongo import Mongo
from chassis.testing import FixedClock
from chassis.testing import desk as chassis_desk
from disputes.app import SERVICE
from disputes.cases.domain import NoteLine, Paid
from disputes.cases.store import LINES
from disputes.disputes.course import act, open_dispute
from disputes.disputes.domain import Decide, OpenDispute
from disputes.evidence.store import erase_next_person
from ombud_contracts.events.messaging import PersonErased
from ombud_words import Role

BUYER, SELLER, AGENT, MEDIATOR = "buyer:buy_1", "seller:sel_2", "agent:agt_1", "mediator:med_1"


@dataclass
class Desk:
    """What a test does with the service."""

    service: chassis_desk.Desk

    @property
    def mongo(self) -> Mongo:
        """The service's database."""
        return self.service.mongo

    async def offer(self, who: str, content: bytes, audience: str = "thread", kind: str = "photo") -> httpx.Response:
        """Submit evidence; return the answer."""
        body = {"kind": kind, "content_base64": base64.b64encode(content).decode(), "audience": audience}
        return await self.service.post(who, "/disputes/dsp_1/evidence", body)

    async def submit(self, who: str, content: bytes, audience: str = "thread") -> str:
        """Submit evidence that is taken; return its id."""
        answer = await self.offer(who, content, audience)
        assert answer.status_code == 201, answer.text
        id: str = answer.json()["evidence"][-1]["evidence_id"]
        return id

    async def get(self, who: str, path: str) -> httpx.Response:
        """Have somebody look at something."""
        return await self.service.get(who, path)

    async def content(self, who: str, id: str) -> bytes:
        """Download a piece of evidence."""
        answer = await self.get(who, f"/evidence/{id}/content")
        assert answer.status_code == 200, answer.text
        return answer.content

    async def tell(self, *commands: OpenDispute | Decide) -> None:
        """Open or decide the dispute."""
        session = Session(self.mongo, FixedClock(NOON))
        unit = session.unit(Cause("test", "test"))
        for command in commands:
            if isinstance(command, OpenDispute):
                await unit.execute(LINES, "ord_3|lin_4", NoteLine(Paid(12_990, 490, "EUR"), NOON))
                await open_dispute(command, ADMITTED, MONEY.paid_minor, unit)
            else:
                await act("dsp_1", command, NOON, unit)
        await session.commit()

    async def erased(self, person_id: str, role: Role) -> None:
        """Hear that messaging erased somebody, and do all that follows."""
        event = PersonErased(
            erasure_id=f"ers_{person_id}", person_id=person_id, role=role, conversations=1, messages=2, erased_at=NOON
        )
        await self.service.hears(event)
        while await erase_next_person(self.mongo):
            continue


@asynccontextmanager
async def a_desk() -> AsyncIterator[Desk]:
    """Give a desk with a dispute before a mediator."""
    async with chassis_desk.a_desk(SERVICE) as service:
        made = Desk(service)
        await made.tell(FAST)
        yield made
