"""Pieces of a model that buyers of several sellers bought, and what is told of the model."""

from bought_phone import AGENT, DELIVERED, LINE, PLACED

from chassis.testing import NOON
from chassis.testing.desk import Desk, Json, received
from ombud_contracts import Received
from ombud_contracts.events.marketplace import ListingPublished, OrderDelivered, OrderLine
from ombud_contracts.events.products import BrandNoticeReceived, ProductRecalled, SearchAdvanced
from ombud_contracts.events.takeovers import TakeoverJudged
from ombud_contracts.events.ticketing import TakeoverReversed

MODEL = "gtin_1"
RECALL = received(
    ProductRecalled(model=MODEL, recall_id="SR-1", markets=("lv",), hazard="overheating", recalled_at=NOON),
    NOON,
    subject=MODEL,
)
NOTICE = received(
    BrandNoticeReceived(model=MODEL, notice_id="BN-1", markets=("lv",), seller_id="sel_2", noticed_at=NOON),
    NOON,
    sequence=2,
    subject=MODEL,
)


def piece(seller: str, model: str = MODEL) -> OrderLine:
    """One piece of a model, which has a listing for each seller."""
    listing = LINE.listing.model_copy(update={"model": model, "listing_id": f"lst_{seller}"})
    return LINE.model_copy(update={"listing": listing})


async def sold(desk: Desk, number: int, seller: str = "sel_2", model: str = MODEL, **order: object) -> None:
    """A buyer of their own bought one piece, and has it."""
    changes = {
        "order_id": f"ord_{number:03}",
        "buyer_id": f"buy_{number}",
        "seller_id": seller,
        "lines": (piece(seller, model),),
    }
    placed = PLACED.model_copy(update={**changes, **order})
    await desk.hears(received(placed, NOON, subject=placed.order_id))
    delivered = OrderDelivered(order_id=placed.order_id, line_id="lin_4", delivered_at=DELIVERED.delivered_at)
    await desk.hears(received(delivered, NOON, sequence=2, subject=placed.order_id))


async def looked_through(desk: Desk) -> list[Json]:
    """Bring what a search tells back to it, page by page, as Kafka does; return what it told."""
    heard = 0
    while len(told := await desk.events_of("ticketing.search_advanced")) > heard:
        await desk.hears(SearchAdvanced.model_validate(told[heard]))
        heard += 1
    return told


async def cases(desk: Desk, who: str = AGENT) -> dict[str, Json]:
    """The cases of each buyer."""
    found: list[Json] = (await desk.get(who, "/cases?limit=100")).json()["cases"]
    return {case["order_id"]: case for case in found}


async def takeovers_of(desk: Desk, case_id: str) -> list[Json]:
    found: list[Json] = (await desk.get(AGENT, f"/cases/{case_id}/takeovers")).json()
    return found


def verdict_of(case_id: str, trigger: str, takeover_id: str = "tko_1", order_id: str = "ord_001") -> Received:
    """A person confirmed what a takeover of the second seller rests on."""
    verdict = TakeoverJudged(
        takeover_id=takeover_id,
        case_id=case_id,
        seller_id="sel_2",
        buyer_id="buy_1",
        order_id=order_id,
        line_id="lin_4",
        trigger=trigger,
        verdict="confirmed",
        reason="seen",
        facts=("dsp_1:4",),
        decided_by="mediator",
        decider_id="med_1",
        appeal_until=NOON,
        judged_at=NOON,
    )
    return received(verdict, NOON, subject=takeover_id)


async def judged(desk: Desk, trigger: str, reason: str) -> str:
    """The first buyer complained, and a person confirmed it; return the buyer's case."""
    contact = {"order_id": "ord_001", "line_id": "lin_4", "reason": reason, "draft_id": "drf_7"}
    case_id = str((await desk.done("buyer:buy_1", "/cases", contact))["case_id"])
    confirmed = verdict_of(case_id, trigger)
    assert isinstance(confirmed.event, TakeoverJudged)
    refuted = confirmed.event.model_copy(update={"verdict": "refuted"})
    await desk.hears(received(refuted, NOON, subject="tko_9"))
    assert await looked_through(desk) == []
    await desk.hears(confirmed)
    return case_id


async def listed(desk: Desk, listing_id: str, model: str = MODEL) -> None:
    """The second seller offers a piece of a model."""
    offered = ListingPublished(
        listing_id=listing_id,
        seller_id="sel_2",
        market="lv",
        title="Phone",
        condition="new",
        model=model,
        published_at=NOON,
    )
    await desk.hears(received(offered, NOON, subject=listing_id))


async def verdict_reversed(desk: Desk, case_id: str, takeover_id: str = "tko_1") -> None:
    """A supervisor reversed a verdict, and its search is undone; return when it has looked through everything."""
    undone = TakeoverReversed.model_construct(
        takeover_id=takeover_id, case_id=case_id, reason="mistaken", contact_returned=True, charges_announced=()
    )
    await desk.hears(received(undone, NOON, subject=takeover_id, sequence=9))
    await looked_through(desk)
