"""Two people decide about one charge or refund on what both saw: one does, and the other hears of it."""

import asyncio

from billing_desk import AGENT, ANOTHER_SUPERVISOR, SUPERVISOR, a_proposal

from billing.app import SERVICE
from chassis.testing.desk import Desk, a_desk


async def test_of_two_supervisors_who_saw_one_proposal_exactly_one_decides(billed: Desk) -> None:
    """INVARIANT: S-9; would break if a replica compared what was seen before its transaction."""
    namespace = billed.mongo.name.removesuffix("-billing")
    async with a_desk(SERVICE, {"namespace": namespace}) as other:
        for line in ("first", "second", "third"):
            id = await a_proposal(billed, line)
            seen = (await billed.get(SUPERVISOR, f"/charges/{id}")).headers["ETag"]
            approved, refused = await asyncio.gather(
                billed.post(SUPERVISOR, f"/charges/{id}/approval", if_match=seen),
                other.post(ANOTHER_SUPERVISOR, f"/charges/{id}/refusal", {"reason": "no"}, if_match=seen),
            )
            assert sorted((approved.status_code, refused.status_code)) == [200, 412]
            won = "POSTED" if approved.status_code == 200 else "WITHDRAWN"
            assert (await billed.get(SUPERVISOR, f"/charges/{id}")).json()["status"] == won


async def test_a_charge_that_was_decided_meanwhile_is_shown_with_another_tag(billed: Desk) -> None:
    id = await a_proposal(billed)
    seen = (await billed.get(AGENT, f"/charges/{id}")).headers["ETag"]
    await billed.done(SUPERVISOR, f"/charges/{id}/approval")
    late = await billed.post(ANOTHER_SUPERVISOR, f"/charges/{id}/approval", if_match=seen)
    assert late.status_code == 412
    now = (await billed.get(AGENT, f"/charges/{id}")).headers["ETag"]
    assert (
        await billed.post(ANOTHER_SUPERVISOR, f"/charges/{id}/refusal", {"reason": "no"}, if_match=now)
    ).status_code == 409
