"""One matter of one buyer and one seller, with something of every kind in it: what foreigners must never see."""

import base64
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from made_files import picture

from chassis.testing import eventually
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace, Purchase
from ombud_local.story.world import month_in

Json = dict[str, Any]
BUYER, SELLER = ("buyer", "buy_own"), ("seller", "sel_own")
AGENT, MEDIATOR, SUPERVISOR = ("agent", "agt_1"), ("mediator", "med_1"), ("supervisor", "sup_1")
ADMINISTRATOR = ("administrator", "adm_1")
Actor = tuple[str, str]
PICTURE = picture("PNG")
SOON = {"OMBUD_POLICY_NOTICE_SECONDS": "12"}
"""Rules are published soon before they are in force, but not so soon that a busy machine has no time to read them: a replica
that has not looked for half of the notice answers 503, as it must."""


TIME_TO_COME = (404, 409)
"""A span that ends now has ended for this process a moment before it has for the database."""


@dataclass
class Matter:
    """The matter, and a way to ask about it as anybody."""

    stack: Stack
    http: httpx.AsyncClient
    urls: Mapping[str, str]
    admin_urls: Mapping[str, str]
    marketplace: Marketplace
    ids: dict[str, str] = field(default_factory=dict)
    own_ids: dict[str, dict[str, str]] = field(default_factory=dict)
    """What a name means in one service only, where it means something else in another."""
    bought: Purchase | None = None
    candidate: Json = field(default_factory=dict)
    policy: Json = field(default_factory=dict)
    credit: Json = field(default_factory=dict)
    """A policy that can be proposed, and an adjustment that can be ordered."""

    async def described(self, service: str) -> Json:
        """Return a service's OpenAPI document."""
        document: Json = (await self.http.get(f"{self.admin_urls[service]}/openapi.json")).json()
        return document

    def ids_in(self, service: str) -> dict[str, str]:
        """Return ids that exist, by the names that a service's routes give them."""
        return self.ids | self.own_ids.get(service, {})

    async def ask(
        self,
        actor: Actor | None,
        method: str,
        service: str,
        path: str,
        body: object = None,
        *,
        markets: tuple[str, ...] = (),
        **changes: Any,
    ) -> httpx.Response:
        """Send a request as somebody, or as nobody."""
        headers = dict(changes.pop("headers", {}))
        if method == "POST":
            headers.setdefault("Idempotency-Key", uuid.uuid4().hex)
        if actor is not None:
            token = self.stack.token(actor[0], actor[1], markets)  # type: ignore[arg-type]
            headers.setdefault("Authorization", f"Bearer {token}")
        if isinstance(body, bytes):
            headers.setdefault("Content-Disposition", 'attachment; filename="picture.png"')
            changes["content"] = body
        elif body is not None:
            changes["json"] = body
        return await self.http.request(method, f"{self.urls[service]}{path}", headers=headers, **changes)

    async def done(
        self, actor: Actor, service: str, path: str, body: object = None, not_yet: tuple[int, ...] = (404,)
    ) -> Json:
        """Do something that must succeed, waiting for what it needs to arrive, as these statuses say."""

        async def granted() -> Json | None:
            answer = await self.ask(actor, "POST", service, path, body)
            if answer.status_code in not_yet:
                return None
            assert answer.status_code < 300, f"{path} answered {answer.status_code}: {answer.text}"
            answered: Json = answer.json()
            return answered

        return await eventually(f"{path} to be granted", granted)

    async def new_case(self, reason: str = "LATE", market: str = "lv") -> str:
        """Open a case of the matter's buyer and seller about a new order."""
        bought = await self.marketplace.sell(market, BUYER[1], SELLER[1], "Phone")
        self.bought = bought
        draft = await self.done(BUYER, "messaging", "/drafts", {"text": "Kur ir mans telefons?", "market": market})
        opening = {
            "order_id": bought.order_id,
            "line_id": bought.line_id,
            "reason": reason,
            "draft_id": draft["draft_id"],
        }
        case_id: str = (await self.done(BUYER, "ticketing", "/cases", opening))["case_id"]
        for service, path in (("messaging", "conversations"), ("sla-monitor", "cases"), ("disputes", "cases")):
            suffix = {"messaging": "", "sla-monitor": "/clocks", "disputes": "/disputes"}[service]
            await self.known(service, f"/{path}/{case_id}{suffix}")
        return case_id

    async def known(self, service: str, path: str) -> Json:
        """Wait until a screen can be read by the seller's own account or an agent."""

        async def found() -> Json | None:
            answer = await self.ask(AGENT, "GET", service, path)
            return {"body": answer.json()} if answer.status_code == 200 else None

        return await eventually(f"{path} to be known to {service}", found)

    async def shows(self, path: str, seen: Callable[[Json], object], service: str = "sla-monitor") -> None:
        """Wait until a screen shows something to an agent."""

        async def shown() -> bool:
            return bool(seen((await self.ask(AGENT, "GET", service, path)).json()))

        await eventually(f"{path} to show it", shown)


@asynccontextmanager
async def a_matter(stack: Stack) -> AsyncIterator[Matter]:
    """Build the matter once."""
    urls = {p.service: p.url for p in stack.processes}
    admin_urls = {p.service: p.admin_url for p in stack.processes}
    async with (
        httpx.AsyncClient(timeout=30) as http,
        Marketplace(stack.infrastructure.kafka, stack.namespace) as marketplace,
    ):
        matter = Matter(stack, http, urls, admin_urls, marketplace)
        await _fill(matter)
        yield matter


async def _fill(m: Matter) -> None:
    case_id = await m.new_case()
    m.ids["case_id"] = case_id
    due_by = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    promise = await m.done(AGENT, "ticketing", f"/cases/{case_id}/promises", {"what": "ANSWER", "due_by": due_by})
    m.ids["promise_id"] = promise["promise_id"]
    await m.done(AGENT, "ticketing", f"/promises/{promise['promise_id']}/fulfilment")
    conversation = f"/conversations/{case_id}"
    uploaded = await m.done(SELLER, "messaging", f"{conversation}/attachments", PICTURE)
    m.ids["attachment_id"] = uploaded["attachment_id"]
    message = {"text": "Sūtījums ir ceļā uz jums.", "attachments": [m.ids["attachment_id"]]}
    m.ids["message_id"] = (await m.done(SELLER, "messaging", f"{conversation}/messages", message))["message_id"]
    translation = {"language": "de", "text": "Das Paket ist zu Ihnen unterwegs."}
    await m.done(AGENT, "messaging", f"/messages/{m.ids['message_id']}/translations", translation)
    link = f"/messages/{m.ids['message_id']}/attachments/{m.ids['attachment_id']}/link"
    m.ids["token"] = (await m.known("messaging", link))["body"]["url"].rpartition("/")[2]
    await _break_rules(m, f"{conversation}/messages")
    note = {"text": "Iekšēja piezīme: pārbaudīt kurjeru.", "audience": "internal"}
    await m.done(AGENT, "messaging", f"/conversations/{case_id}/messages", note)
    gone = {"person_id": "buy_gone", "role": "buyer"}
    m.ids["erasure_id"] = (await m.done(ADMINISTRATOR, "messaging", "/erasures", gone))["erasure_id"]
    claim = {"reason": "LATE", "remedy": "PARTIAL_REFUND", "amount_minor": 900, "currency": "EUR"}
    dispute = await m.done(BUYER, "disputes", f"/cases/{case_id}/disputes", claim)
    m.ids["dispute_id"] = dispute["dispute_id"]
    path = f"/disputes/{dispute['dispute_id']}"
    file = {"kind": "statement", "content_base64": base64.b64encode(b"It was promised for Monday.").decode()}
    evidence = await m.done(BUYER, "disputes", f"{path}/evidence", file)
    m.ids["evidence_id"] = evidence["evidence"][0]["evidence_id"]
    m.ids["request_id"] = "evr_0"  # before a dispute is mediated nobody asks for evidence
    offer = {"remedy": "PARTIAL_REFUND", "amount_minor": 700, "currency": "EUR"}
    m.ids["offer_id"] = (await m.done(SELLER, "disputes", f"{path}/offers", offer))["offers"][0]["offer_id"]
    proposal = {"trigger": "T3", "facts": []}
    proposed = await m.done(BUYER, "ticketing", f"/cases/{case_id}/takeover-proposals", proposal)
    m.ids["takeover_id"] = proposed["takeover_id"]
    await m.done(BUYER, "disputes", f"{path}/offers/{m.ids['offer_id']}/acceptance", {})
    await m.shows(f"/cases/{case_id}/money", lambda shown: shown["charges"] and shown["refunds"], "billing")
    money = await m.known("billing", f"/cases/{case_id}/money")
    charge = money["body"]["charges"][0]
    m.ids |= {"charge_id": charge["charge_id"], "decision_id": charge["decision_id"]}
    m.ids |= {"seller_id": SELLER[1], "buyer_id": BUYER[1]}
    m.ids["refund_id"] = money["body"]["refunds"][0]["refund_id"]
    await _pay_out(m, case_id)
    clocks = (await m.known("sla-monitor", f"/cases/{case_id}/clocks"))["body"]["clocks"]
    m.ids["clock_id"] = clocks[0]["clock_id"]
    m.ids["month"] = month_in("lv")
    returned = await m.done(BUYER, "disputes", f"/cases/{case_id}/returns")
    m.ids["return_id"] = returned["return_id"]
    photo = {"content_base64": base64.b64encode(PICTURE).decode()}
    shown = await m.done(BUYER, "disputes", f"/returns/{returned['return_id']}/photos", photo)
    m.ids["photo_id"] = shown["photos"][0]["evidence_id"]
    await _move_rules(m)
    await _complain_about_conduct(m, case_id)


async def _complain_about_conduct(m: Matter, case_id: str) -> None:
    """A complaint about the seller's conduct, of which the seller was told."""
    complaint = {"grounds": ["THREAT"], "statement": "Pārdevējs draudēja."}
    filed = await m.done(BUYER, "messaging", f"/conversations/{case_id}/conduct-complaints", complaint)
    m.ids["complaint_id"] = filed["complaint_id"]
    path = f"/conduct-complaints/{filed['complaint_id']}"
    await m.done(MEDIATOR, "messaging", f"{path}/investigation")
    await m.done(MEDIATOR, "messaging", f"{path}/telling", {"allegation": "Jūs esot draudējuši."})


async def _pay_out(m: Matter, case_id: str) -> None:
    """The marketplace takes the charge from a payout, so that a statement has a settlement."""
    path = f"/cases/{case_id}/money"

    def all_are(status: str) -> Callable[[Json], object]:
        return lambda shown: {charge["status"] for charge in shown["charges"]} == {status}

    await m.shows(path, all_are("POSTED"), "billing")
    await m.marketplace.pay_out(SELLER[1], "lv")
    await m.shows(path, all_are("SETTLED"), "billing")


async def _break_rules(m: Matter, path: str) -> None:
    """A breach of the seller's that was appealed, a message that waits, and a policy that would change both."""
    leak = await m.done(SELLER, "messaging", path, {"text": "Zvaniet man uz +371 29 123 456."})
    m.ids |= {"sanction_id": leak["standing"]["sanction_id"], "person_id": SELLER[1]}
    await m.done(SELLER, "messaging", f"/sanctions/{m.ids['sanction_id']}/appeals", {"grounds": ["mistake"]})
    await m.done(SELLER, "messaging", path, {"text": "Pārskaitiet naudu uz manu kontu LV80BANK0000435195001."})
    row = {"id": "lv.hold", "sentence": "A moderator looks first.", "action": "hold", "kind": "phone"}
    since = datetime.now(UTC) + timedelta(days=1)
    m.policy = {"market": "lv", "rows": [row], "effective_from": since.isoformat()}
    published = await _tried(m, m.policy)
    await m.done(ADMINISTRATOR, "messaging", f"/policy-candidates/{published}/publication")
    m.policy["effective_from"] = (since + timedelta(days=1)).isoformat()
    m.own_ids["messaging"] = {"candidate_id": await _tried(m, m.policy)}


async def _tried(m: Matter, policy: Json) -> str:
    """A candidate of messaging whose dry run is finished."""
    id: str = (await m.done(SUPERVISOR, "messaging", "/policy-candidates", policy))["candidate_id"]
    now = datetime.now(UTC)
    window = {"from_at": (now - timedelta(days=1)).isoformat(), "to_at": now.isoformat()}
    await m.done(SUPERVISOR, "messaging", f"/policy-candidates/{id}/dry-runs", window, TIME_TO_COME)
    await m.shows(f"/policy-candidates/{id}", lambda body: body["dry_run"]["state"] == "finished", "messaging")
    return id


async def _move_rules(m: Matter) -> None:
    """A candidate whose dry run changes the matter's clocks, and a credit that was applied to them."""
    now = datetime.now(UTC)
    policies = (await m.known("sla-monitor", "/policies?market=lv"))["body"]["versions"]
    reply = next(p["content"] for p in policies if p["name"] == "reply")
    content = {k: v for k, v in reply.items() if k not in ("version", "effective_from")} | {"target_seconds": 3600}
    since = (now + timedelta(days=1)).isoformat()
    m.candidate = {"market": "lv", "sort": "policy", "content": content, "effective_from": since}
    m.ids["candidate_id"] = (await m.done(SUPERVISOR, "sla-monitor", "/policy-candidates", m.candidate))["candidate_id"]
    path = f"/policy-candidates/{m.ids['candidate_id']}"
    window = {"from_at": (now - timedelta(days=1)).isoformat(), "to_at": datetime.now(UTC).isoformat()}
    await m.done(SUPERVISOR, "sla-monitor", f"{path}/dry-runs", window, TIME_TO_COME)
    span = {"from_at": (now - timedelta(hours=1)).isoformat(), "until": datetime.now(UTC).isoformat()}
    m.credit = {"market": "lv", "sort": "outage_credit", "cause": "outage", **span}
    applied = await m.done(ADMINISTRATOR, "sla-monitor", "/adjustments", m.credit, TIME_TO_COME)
    m.ids["adjustment_id"] = applied["adjustment_id"]
    await m.shows(path, lambda body: body["sellers"])
    await m.shows(f"/adjustments/{m.ids['adjustment_id']}", lambda body: body["state"] == "applied")


async def a_case_worked(stack: Stack) -> None:
    """Work a case that all services hear of, with a refund that both sides agreed on."""
    urls = {process.service: process.url for process in stack.processes}
    async with (
        httpx.AsyncClient(timeout=30) as http,
        Marketplace(stack.infrastructure.kafka, stack.namespace) as marketplace,
    ):
        matter = Matter(stack, http, urls, {}, marketplace)
        case_id = await matter.new_case()
        money = {"remedy": "PARTIAL_REFUND", "amount_minor": 700, "currency": "EUR"}
        opened = await matter.done(BUYER, "disputes", f"/cases/{case_id}/disputes", {"reason": "LATE", **money})
        path = f"/disputes/{opened['dispute_id']}/offers"
        offered = await matter.done(SELLER, "disputes", path, money)
        await matter.done(BUYER, "disputes", f"{path}/{offered['offers'][0]['offer_id']}/acceptance", {})
        await matter.shows(f"/cases/{case_id}/money", lambda shown: shown["refunds"], "billing")
