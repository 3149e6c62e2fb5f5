"""A reversal on appeal while services are killed (F31): money, the room under the cap, sanctions, locks and contact go back together, each
once, whichever service dies in the middle of it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from evidence import SERVICES, Evidence
from fault_stack import Running, running

from chassis.testing import eventually
from ombud_local.infrastructure import Infrastructure

LEAK = "Zvaniet man uz +371 29 123 456, tur vienosimies."
STEPS = ("educate", "warn", "hold_all", "takeover")
GROUNDS = {"grounds": ["facts_wrong"]}
GRANTED = {"outcome": "REVERSED", "reasons": ["new_evidence"]}
REFUND_MINOR = 2_000
KILLS = {
    "before the commit": "commit.before=kill@1",
    "after the commit, before publishing": "commit.after=kill@1",
    "after the effect, before the offset": "consumer.before_ack=kill@1",
}
Json = dict[str, Any]


@dataclass(frozen=True)
class History:
    """What a seller was decided against with, all of which was appealed."""

    case_id: str
    seller: str
    buyer: str
    dispute_id: str
    takeover_id: str
    sanction_id: str

    @classmethod
    async def happens(cls, run: Running, number: int) -> "History":
        """A seller leads a contact off the platform again and again; the platform takes it over, gives the buyer a part of the price
        back, and a payout takes it; the seller appeals the sanction, the takeover and the decision."""
        buyer, seller, client = f"buy_f31_{number}", f"sel_f31_{number}", run.client
        bought = await run.marketplace.sell("lv", buyer, seller, "Phone")
        draft = await client.post(
            "buyer", buyer, "messaging", "/drafts", {"text": "Kur ir mans telefons?", "market": "lv"}
        )
        opening = {"order_id": bought.order_id, "line_id": "lin_1", "reason": "LATE", "draft_id": draft["draft_id"]}
        case = await client.post("buyer", buyer, "ticketing", "/cases", opening, retry_on=(404,))
        case_id, messages = case["case_id"], f"/conversations/{case['case_id']}/messages"
        said = [await client.post("seller", seller, "messaging", messages, {"text": LEAK}, (404,)) for _ in STEPS]
        assert [one["standing"]["step"] for one in said] == list(STEPS)
        takeover = await _takeover(run, case_id, "PROPOSED")
        path = f"/takeovers/{takeover['takeover_id']}"
        await client.post("agent", "agt_1", "ticketing", f"{path}/activation", {})
        claim = {"reason": "LATE", "remedy": "FULL_REFUND", "currency": "EUR"}
        dispute = await client.post("buyer", buyer, "disputes", f"/cases/{case_id}/disputes", claim, retry_on=(404,))
        decision = {"remedy": "PARTIAL_REFUND", "amount_minor": REFUND_MINOR, "currency": "EUR", "clause": "S-5.1"}
        decision |= {"facts": ["claim"], "reasons": ["late"]}
        await client.post("mediator", "med_1", "disputes", f"/disputes/{dispute['dispute_id']}/decision", decision)
        await _charges(run, case_id, {"POSTED"})
        await run.marketplace.pay_out(seller, "lv")
        await _charges(run, case_id, {"SETTLED"})
        sanction_id = said[-1]["standing"]["sanction_id"]
        await client.post("seller", seller, "messaging", f"/sanctions/{sanction_id}/appeals", GROUNDS)
        await client.post("seller", seller, "ticketing", f"{path}/appeals", GROUNDS)
        await client.post("seller", seller, "disputes", f"/disputes/{dispute['dispute_id']}/appeals", GROUNDS)
        return cls(case_id, seller, buyer, dispute["dispute_id"], takeover["takeover_id"], sanction_id)

    async def is_reversed(self, run: Running) -> None:
        """Supervisors who decided nothing of it grant all three; the takeover and the decision are judged by two (S-4)."""
        for judge, service, path, body in (
            ("sup_9", "messaging", f"/sanctions/{self.sanction_id}/reversal", {"reasons": ["courier_named"]}),
            ("sup_9", "ticketing", f"/takeovers/{self.takeover_id}/appeals/decision", GRANTED),
            ("sup_8", "disputes", f"/disputes/{self.dispute_id}/appeals/decision", GRANTED),
        ):
            await run.client.post("supervisor", judge, service, path, body)
        await _charges(run, self.case_id, {"REVERSED"})
        await run.marketplace.pay_out(self.seller, "lv")

    async def end(self, run: Running) -> Json:
        """Return what is left of it, in the eyes of its people."""
        money = await _seen(run, "billing", f"/cases/{self.case_id}/money")
        thread = await _seen(run, "messaging", f"/conversations/{self.case_id}")
        sanction = await _seen(run, "messaging", f"/moderation/sanctions/{self.sanction_id}")
        takeovers = await _seen(run, "ticketing", f"/cases/{self.case_id}/takeovers")
        dispute = await _seen(run, "disputes", f"/disputes/{self.dispute_id}")
        case = await _seen(run, "ticketing", f"/cases/{self.case_id}")
        return {
            "charges": sorted({charge["status"] for charge in money["charges"]}),
            "refunds": [(refund["status"], refund["amount_minor"]) for refund in money["refunds"]],
            "locks": thread["locks"],
            "sanction": (sanction["step"], sanction["breaches"]),
            "takeovers": [(one["trigger"], one["status"]) for one in takeovers],
            "decision_reversed": dispute["decision_reversed"],
            "answered_by": case["answered_by"],
        }


END = {
    "charges": ["REVERSED"],
    "refunds": [("COMPLETED", REFUND_MINOR)],
    "locks": [],
    "sanction": (None, 0),
    "takeovers": [("T7", "REVERSED")],
    "decision_reversed": True,
    "answered_by": "seller",
}
"""As if nothing had been decided, but for what the buyer was given."""


@pytest.mark.long
@pytest.mark.rule("S-3")
@pytest.mark.parametrize(
    "failpoint",
    [
        pytest.param(place, id=name, marks=pytest.mark.on_demand if number else ())
        for number, (name, place) in enumerate(KILLS.items())
    ],
)
async def test_a_reversal_is_whole_whichever_service_dies_in_the_middle_of_it(
    failpoint: str, infrastructure: Infrastructure, tmp_path: Path, expect_sound: Callable[[Evidence], None]
) -> None:
    """INVARIANT: F31; would break if a step of a reversal were lost, or happened twice, with the process that did it."""
    async with running(infrastructure, tmp_path) as run:
        histories = await asyncio.gather(*(History.happens(run, number) for number in range(len(SERVICES))))
        for service, history in zip(SERVICES, histories, strict=True):
            await run.killed_at(service, failpoint)
            await history.is_reversed(run)
        evidence = await run.at_rest()
        ends = [await history.end(run) for history in histories]
    deaths = Counter(run.restarts)
    assert all(deaths[service] >= 2 for service in SERVICES), f"a service did not die again in the middle: {deaths}"
    assert ends == [END] * len(SERVICES)
    expect_sound(evidence)
    for history in histories:
        expect_each_step_once(evidence, history)


def expect_each_step_once(evidence: Evidence, history: History) -> None:
    """Fail when a charge was reversed, or paid back, twice or not at all, or left something on an account."""
    charges = [c for c in evidence.databases["billing"]["charges"] if c["case_id"] == history.case_id]
    told = Counter(
        r.headers["ce_type"] for r in {r.id: r for r in evidence.records if r.key == history.case_id}.values()
    )
    assert told["billing.charge_reversed"] == told["billing.charge_repaid"] == len(charges)
    entries = [e for e in evidence.databases["billing"]["ledger_entries"] if e["case_id"] == history.case_id]
    left: Counter[str] = Counter()
    for posting in (p for e in entries if not e["caused_by"].startswith("rfd") for p in e["postings"]):
        left[posting["account"]] += posting["amount_minor"]
    assert not any(left.values()), left


async def _seen(run: Running, service: str, path: str) -> Any:
    client = run.client
    headers = {"Authorization": f"Bearer {client.stack.token('supervisor', 'sup_9')}"}
    answer = await client.http.get(f"{client.urls[service]}{path}", headers=headers)
    answer.raise_for_status()
    return answer.json()


async def _takeover(run: Running, case_id: str, status: str) -> Json:
    async def found() -> Json | None:
        takeovers = await _seen(run, "ticketing", f"/cases/{case_id}/takeovers")
        return next((one for one in takeovers if one["status"] == status), None)

    return await eventually(f"a takeover to be {status}", found, moving=run.moving)


async def _charges(run: Running, case_id: str, statuses: set[str]) -> None:
    async def all_are() -> bool:
        try:
            money = await _seen(run, "billing", f"/cases/{case_id}/money")
        except httpx.HTTPError:
            return False  # the service was killed
        kinds = {charge["kind"] for charge in money["charges"]}
        return "REFUND" in kinds and {charge["status"] for charge in money["charges"]} == statuses

    await eventually(f"the charges of {case_id} to be {statuses}", all_are, moving=run.moving)
