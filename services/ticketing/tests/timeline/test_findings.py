"""What of a decision's finding a case shows and tells to whom: the side about which it was found, and staff (R-45, R-24)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from bought_phone import BOUGHT, BUYER, CONTACT, DELIVERED, SELLER
from timeline_examples import EXAMPLES, STAFF, readers

from chassis.testing import told
from chassis.testing.desk import Desk, a_desk
from ombud_contracts import Event
from ombud_contracts.events import findings
from ticketing.app import SERVICE

pytestmark = pytest.mark.rule("R-45")


@pytest.mark.parametrize("name", [n for n in EXAMPLES if n.startswith("disputes.finding_")])
@pytest.mark.parametrize("against", ["buyer", "seller"])
def test_what_was_found_about_a_side_is_not_shown_to_the_other(name: str, against: str) -> None:
    """INVARIANT: would break if a seller read that a buyer was found to have lied, or a buyer what became of the seller."""
    assert readers(name, against=against) == STAFF | {against}


@pytest.mark.parametrize("name", [n for n in EXAMPLES if n.startswith("messaging.claims_")])
def test_where_a_buyer_stands_is_not_the_sellers(name: str) -> None:
    assert readers(name) == STAFF | {"buyer"}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        await made.hears(BOUGHT, DELIVERED)
        yield made


async def hear(desk: Desk, event: type[Event], case_id: str, sequence: int, subject: str, **known: Any) -> None:
    await desk.hears(told(event.model_construct(case_id=case_id, **known), subject, sequence, case_id=case_id))


async def templates(desk: Desk, who: str, case_id: str) -> list[str]:
    notices = (await desk.get(who, f"/cases/{case_id}/notices")).json()["notices"]
    return [n["template"] for n in notices if n["template"].startswith(("claim", "description"))]


async def test_each_side_is_told_what_was_found_about_it_and_that_it_fell(desk: Desk) -> None:
    case_id = str((await desk.done(BUYER, "/cases", CONTACT))["case_id"])
    for number, step in enumerate(("explain", "warn", "limit"), 1):
        await hear(
            desk, findings.ClaimsSanctioned, case_id, number, "snc_1", role="buyer", step=step, found_in=f"dec_{number}"
        )
    for sequence in (4, 5):
        await hear(desk, findings.ClaimsSanctionLifted, case_id, sequence, "snc_1", role="buyer", step=None)
    against = {"against": "seller", "decision_id": "dec_9"}
    await hear(desk, findings.FindingMade, case_id, 6, "dsp_1", **against)
    await hear(desk, findings.FindingWithdrawn, case_id, 7, "dsp_1", **against)
    steps = ["claim_explained", "claim_warned", "claims_limited"]
    assert await templates(desk, BUYER, case_id) == [*steps, "claims_lifted", "claims_lifted"]
    assert await templates(desk, SELLER, case_id) == ["description_found_false", "description_finding_fell"]
