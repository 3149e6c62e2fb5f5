"""What the appeal of a charge is to its case: the seller is told what became of it, the buyer is not, and it keeps the case open."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from bought_phone import AGENT, BOUGHT, BUYER, CONTACT, DELIVERED, SELLER
from timeline_examples import STAFF, readers

from chassis.testing import NOON, told
from chassis.testing.desk import Desk, a_desk
from ombud_contracts import Event
from ombud_contracts.events import billing
from ticketing.app import SERVICE


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        await made.hears(BOUGHT, DELIVERED)
        yield made


async def a_case(desk: Desk) -> str:
    return str((await desk.done(BUYER, "/cases", CONTACT))["case_id"])


async def hear(desk: Desk, event: type[Event], case_id: str, sequence: int, **known: Any) -> None:
    about = {"charge_id": "chg_1", "case_id": case_id, "seller_id": "sel_2"}
    await desk.hears(told(event.model_construct(**about | known), "chg_1", sequence, case_id=case_id))


async def templates(desk: Desk, who: str, case_id: str) -> list[str]:
    notices = (await desk.get(who, f"/cases/{case_id}/notices")).json()["notices"]
    return [n["template"] for n in notices if n["template"].startswith(("charge", "appeal"))]


@pytest.mark.rule("S-11")
@pytest.mark.parametrize(
    ("outcome", "notice"),
    [
        ("INADMISSIBLE", "appeal_inadmissible"),
        ("UPHELD", "appeal_in_vain"),
        ("AMENDED", "charge_amended"),
        ("REVERSED", "charge_reversed"),
    ],
)
async def test_the_seller_is_told_what_became_of_the_appeal_of_a_charge_and_the_buyer_is_not(
    desk: Desk, outcome: str, notice: str
) -> None:
    case_id = await a_case(desk)
    await hear(desk, billing.ChargeUpheld, case_id, 1, appeal_until=NOON)
    await hear(desk, billing.ChargeAppealDecided, case_id, 2, appeal_id="apl_1", outcome=outcome)
    assert await templates(desk, SELLER, case_id) == ["charge_upheld", notice]
    assert await templates(desk, BUYER, case_id) == []


async def test_a_charge_whose_appeal_waits_keeps_its_case_open(desk: Desk) -> None:
    case_id = await a_case(desk)
    await hear(desk, billing.ChargeAppealed, case_id, 1, appeal_id="apl_1")
    refused = await desk.post(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"})
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "still_unfinished")
    await hear(desk, billing.ChargeAppealDecided, case_id, 2, appeal_id="apl_1", outcome="UPHELD")
    await desk.done(AGENT, f"/cases/{case_id}/resolution", {"outcome": "answered"})


@pytest.mark.rule("R-24")
@pytest.mark.parametrize("name", ["billing.charge_appealed.v1.json", "billing.charge_appeal_decided.v1.json"])
def test_the_appeal_of_a_charge_is_between_seller_and_platform(name: str) -> None:
    assert readers(name) == STAFF | {"seller"}


@pytest.mark.rule("R-24")
@pytest.mark.parametrize("kind", ["charge_appeal_window", "charge_appeal"])
def test_so_are_its_clocks(kind: str) -> None:
    assert readers("sla-monitor.clock_started.v1.json", kind=kind, about="charge") == STAFF | {"seller"}
