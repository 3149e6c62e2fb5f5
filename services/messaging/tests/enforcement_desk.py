"""People who write, break rules, moderate and decide, on a replica of messaging with real MongoDB."""

import uuid
from datetime import datetime
from typing import Any

from attachment_desk import Desk

from chassis.aggregate import Cause, Session
from chassis.sealing import Sealer
from chassis.store import Document
from chassis.testing import alone
from chassis.testing.desk import received
from messaging.conversations.store import MESSAGES
from messaging.policies.jobs import dry_running
from messaging.policies.known import Policies
from messaging.sanctions.jobs import Enforcing
from messaging.writing.consumers import conversations
from messaging.writing.drafts import Drafts
from ombud_contracts.events.ticketing import CaseClosed, CaseMerged, CaseMoved, PlatformCaseOpened
from ombud_contracts.market import load_markets

Json = dict[str, Any]
SUPERVISOR, ADMINISTRATOR = "supervisor:sup_1", "administrator:adm_1"
LEAK = "Zvaniet man uz +371 29 123 456, tur vienosimies."
ASKED = "cas_asked"
"""A contact with the platform."""
FINE = "Sūtījums ir ceļā, un rīt to piegādās kurjers."


async def do(desk: Desk, who: str, path: str, body: object = None, status: int = 200) -> Json:
    """Send a command that is answered with this status."""
    headers = {"Authorization": f"Bearer {who}", "Idempotency-Key": uuid.uuid4().hex}
    answer = await desk.http.post(path, headers=headers, json=body)
    assert answer.status_code == status, answer.text
    answered: Json = answer.json()
    return answered


async def hears(
    desk: Desk, event: CaseMoved | CaseMerged | CaseClosed | PlatformCaseOpened, actor: str = "buy_1", sequence: int = 1
) -> None:
    """Bring an event of a case to messaging's consumer."""
    policies = Policies(fresh_seconds=3600)
    await policies.refresh(desk.mongo)
    consumer = conversations(load_markets(), Drafts(Sealer(desk.mongo, ""), policies))
    arrived = received(event, desk.clock(), sequence=sequence, subject=event.case_id, actor=actor)
    session = Session(desk.mongo, desk.clock)
    await consumer.handle(arrived, session.unit(Cause(arrived.metadata.id, "test")))
    await session.commit()


async def asked(desk: Desk, who: str = "buyer:buy_1", rights_until: datetime | None = None) -> None:
    """Have somebody ask the platform, with a draft as the first message."""
    role, _, id = who.partition(":")
    draft = await do(desk, who, "/drafts", {"text": FINE, "market": "lv"}, 201)
    opened = PlatformCaseOpened(
        case_id=ASKED,
        number="LV-26-1",
        market="lv",
        asked_by=role,
        asker_id=id,
        reason="OTHER",
        family="INFORMATION",
        matter="none",
        phase="before",
        channel="thread",
        origin="site",
        priority=3,
        priority_reasons=("standard",),
        draft_id=draft["draft_id"],
        opened_by=role,
        opened_at=desk.clock(),
        rights_until=rights_until,
    )
    await hears(desk, opened, actor=id)
    desk.case = ASKED


async def write(desk: Desk, who: str, text: str) -> Json:
    """Write in a conversation; a second later the next thing happens."""
    posted = await do(desk, who, f"/conversations/{desk.case}/messages", {"text": text}, 201)
    desk.clock.advance(seconds=1)
    return posted


async def see(desk: Desk, who: str, path: str) -> Json:
    """Read a screen."""
    answer = await desk.get(who, path)
    assert answer.status_code == 200, answer.text
    shown: Json = answer.json()
    return shown


async def enforce(desk: Desk) -> None:
    """Work until nothing is left to do, as a process does that was never killed."""
    job = Enforcing(desk.mongo, await alone(desk.mongo, "sanctions"))
    while await job.work():
        continue


async def dry_run(desk: Desk, page: int = 2) -> None:
    """Judge everything that was ordered, as a replica that has read all policies."""
    policies = Policies(fresh_seconds=3600)
    await policies.refresh(desk.mongo)
    job = dry_running(desk.mongo, policies, await alone(desk.mongo, "dry-runs"), page)
    while await job.work():
        continue


async def told(desk: Desk, type: str) -> list[Document]:
    """Return the rows of the outbox with events of a type, in the order of their ids."""
    rows = await desk.mongo.find("outbox", {}, sort=[("_id", 1)], limit=1000)
    return [r for r in rows if dict(r["headers"])["ce_type"] == f"messaging.{type}".encode()]


async def status_of(desk: Desk, message_id: str) -> str:
    """Return what became of a message."""
    (message,) = await desk.mongo.find(MESSAGES, {"_id": message_id}, limit=1)
    status: str = message["status"]
    return status
