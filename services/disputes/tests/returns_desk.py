"""Returns as their routes' tests use them: a return at each of its steps, and what clocks, carriers and billing tell of it."""

from datetime import timedelta
from typing import Any

from disputes_desk import (
    BUYER,
    EUR,
    SELLER,
)

from chassis.testing import NOON
from chassis.testing.desk import Desk, Json
from ombud_contracts.events import billing, marketplace, sla_monitor

DELIVERED = marketplace.OrderDelivered(order_id="ord_3", line_id="lin_4", delivered_at=NOON)
SUPERVISOR, ANOTHER_SELLER = "supervisor:sup_1", "seller:sel_9"
LABEL = {"carrier": "dpd", "tracking_number": "05308955120002"}
PARCEL = {"tracking_number": "0530 8955 1200 09"}
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
COMPLIANT: dict[str, Any] = {**EUR}
PAID = 12_990


async def requested(desk: Desk) -> str:
    made = await desk.done(BUYER, "/cases/cas_1/returns")
    return str(made["return_id"])


async def accepted(desk: Desk) -> str:
    id = await requested(desk)
    await desk.done(SELLER, f"/returns/{id}/acceptance")
    return id


async def shipped(desk: Desk) -> str:
    id = await accepted(desk)
    await desk.done(SELLER, f"/returns/{id}/label", LABEL)
    await desk.done(BUYER, f"/returns/{id}/shipment", PARCEL)
    return id


async def received(desk: Desk) -> str:
    id = await shipped(desk)
    await desk.hears(scanned("received"))
    return id


async def deducted(desk: Desk, kept: int = 2_000) -> str:
    id = await received(desk)
    shown = await desk.done(SELLER, f"/returns/{id}/photos", {"content_base64": PICTURE})
    body = {"deviations": ["scratched"], "deduction_minor": kept, "photos": [shown["photos"][0]["evidence_id"]], **EUR}
    await desk.done(SELLER, f"/returns/{id}/inspection", body)
    return id


def scanned(state: str, number: str = "05308955120009", after: int = 1) -> marketplace.ReturnScanned:
    at = NOON + timedelta(seconds=after)
    return marketplace.ReturnScanned(tracking_number=number, carrier="dpd", state=state, scanned_at=at)


def silence(word: str, kind: str, return_id: str, **more: object) -> sla_monitor.ClockBreached:
    return sla_monitor.ClockBreached(
        clock_id="clk_1",
        case_id="cas_1",
        kind=kind,
        subject=return_id,
        about="return",
        owner="seller",
        round=1,
        due_by=NOON,
        emitted_late=False,
        still_owed=True,
        on_silence=word,
        policy_version="1",
        calendar_version="lv:1",
        trace=(),
        **more,
    )


def of_refund(kind: type[Any], shown: Json, at: str, **more: object) -> Any:
    decided = {"refund_id": "rfd_1", "case_id": "cas_1", "decision_id": shown, at: NOON, **more}
    return kind(**decided)


async def ordered(desk: Desk) -> Json:
    (event,) = await desk.events_of("disputes.return_refund_ordered")
    return event


async def paid(desk: Desk) -> None:
    event = await ordered(desk)
    money = {"amount_minor": event["amount_minor"], "currency": "EUR"}
    await desk.hears(of_refund(billing.RefundCompleted, event["decision_id"], "completed_at", **money))


def withdrawn(kind: str, return_id: str, owner: str = "buyer") -> sla_monitor.BreachWithdrawn:
    return sla_monitor.BreachWithdrawn(
        clock_id="clk_1",
        case_id="cas_1",
        kind=kind,
        subject=return_id,
        about="return",
        owner=owner,
        round=1,
        cause="calendar_corrected",
        withdrawn_at=NOON,
    )


async def shows(desk: Desk, id: str, who: str = BUYER) -> Json:
    answer: Json = (await desk.get(who, f"/returns/{id}")).json()
    return answer


async def refused(desk: Desk, who: str, path: str, body: Json | None = None, status: int = 409) -> str:
    before = await desk.told()
    answer = await desk.post(who, path, body)
    assert answer.status_code == status, answer.text
    assert await desk.told() == before
    return str(answer.json()["type"]).rpartition(":")[2]
