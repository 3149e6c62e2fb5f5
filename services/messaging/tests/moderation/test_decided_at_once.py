"""Two moderators, or two supervisors, decide on what both saw: one does, and the other hears of it."""

import uuid

import httpx
from attachment_desk import AGENT, BUYER, SELLER, Desk
from enforcement_desk import FINE, LEAK, SUPERVISOR, do, status_of, write

OTHER = "agent:agt_2"
PAY_ME = "Lūdzu, pārskaitiet naudu uz manu kontu ārpus platformas: LV80BANK0000435195001."


async def held(desk: Desk) -> str:
    """A message of the seller that waits by the policy."""
    posted = await write(desk, SELLER, PAY_ME)
    assert posted["status"] == "HELD", posted
    return str(posted["message_id"])


async def tag_of(desk: Desk, path: str, who: str = AGENT) -> str:
    return (await desk.get(who, path)).headers["ETag"]


async def decide(desk: Desk, who: str, path: str, seen: str, body: object = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {who}", "Idempotency-Key": uuid.uuid4().hex, "If-Match": seen}
    return await desk.http.post(path, headers=headers, json=body)


async def test_a_message_that_was_released_meanwhile_is_not_rejected_as_it_was_seen(desk: Desk) -> None:
    id = await held(desk)
    seen = await tag_of(desk, f"/messages/{id}")
    assert (await decide(desk, OTHER, f"/messages/{id}/release", seen)).status_code == 200
    late = await decide(desk, AGENT, f"/messages/{id}/rejection", seen, {"reasons": ["bank"]})
    assert (late.status_code, late.json()["type"]) == (412, "urn:ombud:problem:precondition_failed")
    assert await status_of(desk, id) == "DELIVERED"


async def test_a_message_that_somebody_took_meanwhile_is_not_decided_as_it_was_seen(desk: Desk) -> None:
    id = await held(desk)
    seen = await tag_of(desk, f"/messages/{id}")
    await do(desk, AGENT, f"/messages/{id}/assignment")
    assert (await decide(desk, SUPERVISOR, f"/messages/{id}/assignment", seen)).status_code == 412
    now = await tag_of(desk, f"/messages/{id}")
    assert (await decide(desk, AGENT, f"/messages/{id}/release", now)).status_code == 200


async def test_what_others_write_meanwhile_does_not_keep_a_moderator_from_deciding(desk: Desk) -> None:
    id = await held(desk)
    seen = await tag_of(desk, f"/messages/{id}")
    await write(desk, BUYER, "Vai ir kādi jaunumi par manu pasūtījumu?")
    assert (await decide(desk, AGENT, f"/messages/{id}/release", seen)).status_code == 200


async def test_of_two_supervisors_one_decides_about_a_sanction(desk: Desk) -> None:
    sanction = (await write(desk, SELLER, LEAK))["standing"]["sanction_id"]
    await do(desk, SELLER, f"/sanctions/{sanction}/appeals", {"grounds": ["mistake"]})
    seen = await tag_of(desk, f"/moderation/sanctions/{sanction}", SUPERVISOR)
    path, body = f"/sanctions/{sanction}", {"reasons": ["looked_at"]}
    assert (await decide(desk, SUPERVISOR, f"{path}/upholding", seen, body)).status_code == 200
    assert (await decide(desk, "supervisor:sup_2", f"{path}/reversal", seen, body)).status_code == 412
    assert (await desk.get("seller:sel_9", f"/moderation/sanctions/{sanction}")).status_code == 404


async def test_a_waiver_is_not_decided_on_a_conversation_that_has_moved_on(desk: Desk) -> None:
    await write(desk, BUYER, "Vai ir kādi jaunumi par manu pasūtījumu?")
    seen = await tag_of(desk, f"/conversations/{desk.case}")
    await write(desk, SELLER, FINE)
    assert (await decide(desk, AGENT, f"/conversations/{desk.case}/waiver", seen)).status_code == 412
