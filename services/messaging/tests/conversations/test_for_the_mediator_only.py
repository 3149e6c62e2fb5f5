"""What is for the mediator only, over the routes: mediators and supervisors see it, and the party that wrote it (section 8)."""

import uuid
from collections.abc import AsyncIterator

import pytest
from attachment_desk import BUYER, SELLER, Desk, a_desk, emptied
from enforcement_desk import do, see

MEDIATOR, SUPERVISOR, AGENT, ADMINISTRATOR = "mediator:med_1", "supervisor:sup_1", "agent:agt_1", "administrator:adm_1"
AUTHORS = [SELLER, AGENT, MEDIATOR, SUPERVISOR]
OTHERS = [BUYER, AGENT, ADMINISTRATOR]


@pytest.fixture(scope="module")
async def replica() -> AsyncIterator[Desk]:
    made = await a_desk(f"t{uuid.uuid4().hex[:8]}")
    yield made
    await made.http.aclose()
    await made.mongo.drop()
    await made.mongo.close()


@pytest.fixture
async def desk(replica: Desk) -> Desk:
    await emptied(replica)
    return replica


async def written(desk: Desk, author: str, audience: str = "mediator") -> str:
    body = {"text": "Pircējs jau vienreiz atdeva citu tālruni.", "audience": audience}
    posted = await do(desk, author, f"/conversations/{desk.case}/messages", body, 201)
    id: str = posted["message_id"]
    return id


async def listed(desk: Desk, who: str) -> list[str]:
    thread = await see(desk, who, f"/conversations/{desk.case}/messages")
    return [m["message_id"] for m in thread["messages"]]


@pytest.mark.parametrize("author", AUTHORS)
async def test_mediators_and_supervisors_read_it(desk: Desk, author: str) -> None:
    id = await written(desk, author)
    for who in (MEDIATOR, SUPERVISOR, *([SELLER] if author == SELLER else [])):
        assert id in await listed(desk, who)
        assert (await see(desk, who, f"/messages/{id}"))["audience"] == "mediator"
        assert (await see(desk, who, f"/messages/{id}/translations"))["translations"] == []


@pytest.mark.parametrize("author", AUTHORS)
@pytest.mark.parametrize("who", OTHERS)
async def test_nobody_else_finds_it_anywhere(desk: Desk, who: str, author: str) -> None:
    """INVARIANT: would break if a route asked for a message in another way than its thread does."""
    id = await written(desk, author)
    assert id not in await listed(desk, who)
    for path in (f"/messages/{id}", f"/messages/{id}/translations"):
        assert (await desk.get(who, path)).status_code == 404, path
    marked = await do(desk, who, f"/conversations/{desk.case}/read-marks", {"position": 99}, 200)
    assert (marked["position"], marked["unread"]) == (0, 0)


async def test_an_agent_neither_translates_nor_opens_it(desk: Desk) -> None:
    id = await written(desk, SELLER)
    translation = {"language": "de", "text": "Der Käufer hat schon einmal ein anderes Telefon zurückgegeben."}
    reading = {"purpose": "dispute"}
    for path, body, answered in (("translations", translation, 201), ("original-readings", reading, 200)):
        hidden = await do(desk, AGENT, f"/messages/{id}/{path}", body, 404)
        absent = await do(desk, AGENT, f"/messages/msg_none/{path}", body, 404)
        assert {**hidden, "traceId": None} == {**absent, "traceId": None}, (
            "what is hidden answers like what is not there"
        )
        await do(desk, MEDIATOR, f"/messages/{id}/{path}", body, answered)


async def test_a_note_for_staff_is_still_read_by_all_of_them(desk: Desk) -> None:
    id = await written(desk, AGENT, "internal")
    for who in (AGENT, MEDIATOR, SUPERVISOR, ADMINISTRATOR):
        assert id in await listed(desk, who)
