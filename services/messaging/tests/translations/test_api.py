"""Translations over the routes, on real MongoDB: seen by whoever sees the message, kept in versions, erased with it."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator

import pytest
from attachment_desk import BUYER, NOON, SELLER, Desk, a_desk, emptied
from enforcement_desk import FINE, LEAK, Json, do, see, told, write
from messaging_threads import find_conversation

from chassis.aggregate import Cause, Session
from chassis.sealing import Sealer
from chassis.testing import alone
from messaging.conversations.domain.translation import MOST_TRANSLATIONS
from messaging.conversations.store import TRANSLATIONS
from messaging.protection.domain import OrderErasure
from messaging.protection.jobs import Protecting
from messaging.protection.store import ERASURES
from ombud_contracts.market import load_markets

AGENT, MEDIATOR = "agent:agt_1", "mediator:med_1"
QUESTION = "Kad piegādāsiet manu telefonu?"
GERMAN, BETTER, ENGLISH = "Wann liefern Sie mein Telefon?", "Wann liefern Sie mein Handy?", "When do you deliver?"
CANARY = "Kanarienvogel"


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


async def asked(desk: Desk) -> str:
    """A question of the buyer, delivered."""
    id: str = (await write(desk, BUYER, QUESTION))["message_id"]
    return id


async def translated(
    desk: Desk, message_id: str, text: str, language: str = "de", who: str = AGENT, status: int = 201
) -> Json:
    return await do(desk, who, f"/messages/{message_id}/translations", {"language": language, "text": text}, status)


async def versions(desk: Desk, who: str, message_id: str) -> list[tuple[str, int, str | None]]:
    listed = await see(desk, who, f"/messages/{message_id}/translations")
    return [(t["language"], t["version"], t["text"]) for t in listed["translations"]]


@pytest.mark.parametrize("reader", [BUYER, SELLER, AGENT, MEDIATOR])
async def test_the_original_and_its_translation_stand_beside_each_other_for_whoever_sees_the_message(
    desk: Desk, reader: str
) -> None:
    """Section 7: original and translation are both kept."""
    id = await asked(desk)
    await translated(desk, id, GERMAN)
    thread = await see(desk, reader, f"/conversations/{desk.case}/messages")
    for shown in (await see(desk, reader, f"/messages/{id}"), thread["messages"][0]):
        assert shown["text"] == QUESTION
        (translation,) = shown["translations"]
        assert (translation["language"], translation["version"], translation["text"]) == ("de", 1, GERMAN)
        assert translation["by"] == "agent"


async def test_a_second_translation_in_a_language_is_shown_instead_and_both_are_kept(desk: Desk) -> None:
    id = await asked(desk)
    await translated(desk, id, GERMAN)
    await translated(desk, id, ENGLISH, "en", MEDIATOR)
    assert (await translated(desk, id, BETTER))["version"] == 2
    shown = (await see(desk, SELLER, f"/messages/{id}"))["translations"]
    assert [(t["language"], t["text"], t["by"]) for t in shown] == [
        ("de", BETTER, "agent"),
        ("en", ENGLISH, "mediator"),
    ]
    assert sorted(await versions(desk, BUYER, id)) == [("de", 1, GERMAN), ("de", 2, BETTER), ("en", 1, ENGLISH)]


async def test_the_same_words_again_are_the_same_translation(desk: Desk) -> None:
    """INVARIANT: a repeat is told once; would break if a client without its key made a version of it."""
    id = await asked(desk)
    assert [(await translated(desk, id, GERMAN))["version"] for _ in range(2)] == [1, 1]
    body = {"language": "de", "text": BETTER}
    headers = {"Authorization": f"Bearer {AGENT}", "Idempotency-Key": "the-same"}
    answers = [await desk.http.post(f"/messages/{id}/translations", headers=headers, json=body) for _ in range(2)]
    assert [a.json()["version"] for a in answers] == [2, 2]
    assert len(await told(desk, "translation_added")) == 2


async def test_two_who_translate_at_once_make_two_versions(desk: Desk) -> None:
    """INVARIANT: no translation is lost; would break if a version were numbered before its conversation was read."""
    id = await asked(desk)
    texts = [f"{GERMAN} {n}" for n in range(5)]
    made = await asyncio.gather(*(translated(desk, id, text) for text in texts))
    assert sorted(m["version"] for m in made) == [1, 2, 3, 4, 5]
    assert {text for _, _, text in await versions(desk, AGENT, id)} == set(texts)


async def test_a_translation_of_a_note_or_of_what_was_not_delivered_reaches_no_party(desk: Desk) -> None:
    """INVARIANT: section 7; would break if a translation were read without asking who sees its message."""
    note = {"text": "Pārbaudīt kurjeru.", "audience": "internal"}
    noted = (await do(desk, AGENT, f"/conversations/{desk.case}/messages", note, 201))["message_id"]
    blocked = (await write(desk, SELLER, LEAK))["message_id"]
    for id in (noted, blocked):
        await translated(desk, id, CANARY)
    for reader, hidden in ((BUYER, (noted, blocked)), (SELLER, (noted,))):
        assert CANARY not in str(await see(desk, reader, f"/conversations/{desk.case}")), reader
        for id in hidden:
            for path in (f"/messages/{id}", f"/messages/{id}/translations"):
                assert (await desk.get(reader, path)).status_code == 404
        thread = await see(desk, reader, f"/conversations/{desk.case}/messages")
        assert (CANARY in str(thread)) is (reader == SELLER), "the author sees what was not delivered"
    staff = await see(desk, AGENT, f"/conversations/{desk.case}/messages")
    assert str(staff).count(CANARY) == 2, "the control: it is there"


@pytest.mark.parametrize(
    ("who", "status"), [(BUYER, 403), (SELLER, 403), ("agent:agt_1:pt", 404), ("buyer:buy_2", 404), ("system:s", 403)]
)
async def test_the_platforms_people_translate_and_nobody_else(desk: Desk, who: str, status: int) -> None:
    id = await asked(desk)
    await translated(desk, id, GERMAN, who=who, status=status)
    assert await versions(desk, AGENT, id) == []


@pytest.mark.rule("R-01")
@pytest.mark.rule("R-03")
async def test_a_translation_is_told_without_a_word_and_is_no_reply(desk: Desk) -> None:
    """INVARIANT: R-01 and R-03; would break if a translation were checked, or counted, as somebody's message."""
    id = await asked(desk)
    before = await find_conversation(desk.mongo, desk.case)
    await translated(desk, id, CANARY)
    after = await find_conversation(desk.mongo, desk.case)
    assert before is not None
    assert after == before
    assert after.changes == before.changes + 1
    assert (await see(desk, BUYER, f"/conversations/{desk.case}"))["owes_reply"]
    assert len(await told(desk, "message_delivered")) == 1
    (event,) = await told(desk, "translation_added")
    data = json.loads(bytes(event["value"]))
    assert (data["message_id"], data["language"], data["number"], data["by"]) == (id, "de", 1, "agent")
    assert CANARY not in str(data)
    answers = await desk.mongo.find("answers", {}, limit=100)
    assert not [a for a in answers if CANARY.encode() in bytes(a["body"])], "a kept answer would outlive an erasure"
    (kept,) = await desk.mongo.find(TRANSLATIONS, {}, limit=10)
    assert CANARY.encode() not in bytes(kept["text"])


async def test_a_translation_moves_its_message_for_those_who_follow_the_conversation(desk: Desk) -> None:
    id = await asked(desk)
    note = {"text": "Pārbaudīt kurjeru.", "audience": "internal"}
    noted = (await do(desk, AGENT, f"/conversations/{desk.case}/messages", note, 201))["message_id"]
    for each in (id, noted):
        await translated(desk, each, GERMAN)
    moved = {m["_id"]: m["change"] for m in await desk.mongo.find("messages", {}, limit=10)}
    state = await find_conversation(desk.mongo, desk.case)
    assert state is not None
    assert [moved[id], moved[noted]] == [state.changes - 1, state.changes]
    seen = await desk.mongo.find("messages", {"visible_to": "buyer:buy_1"}, limit=10)
    assert [m["_id"] for m in seen] == [id]


@pytest.mark.rule("R-04")
async def test_what_was_redacted_is_not_told_by_a_translation(desk: Desk) -> None:
    """INVARIANT: R-04; would break if a redacted message could be translated with what was taken out."""
    id = (await write(desk, BUYER, LEAK))["message_id"]
    shown = await see(desk, SELLER, f"/messages/{id}")
    assert shown["redacted"]
    refused = await translated(desk, id, "Rufen Sie mich an: +371 29 123 456.", status=409)
    assert refused["type"].endswith("tells_what_was_redacted")
    assert "29 123" not in str(refused)
    assert (await translated(desk, id, "Rufen Sie mich an: [...], dort einigen wir uns."))["version"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {"language": "German", "text": GERMAN},
        {"language": "DE", "text": GERMAN},
        {"language": "de|1", "text": GERMAN},
        {"language": "de", "text": " "},
        {"language": "de"},
        {"language": "de", "text": GERMAN, "version": 7},
    ],
)
async def test_what_is_no_translation_is_refused_and_not_repeated(desk: Desk, body: Json) -> None:
    id = await asked(desk)
    refused = await do(desk, AGENT, f"/messages/{id}/translations", body, 422)
    assert refused["type"].endswith("invalid_request")
    assert GERMAN not in str(refused)
    assert (await see(desk, BUYER, f"/messages/{id}"))["translations"] == []


async def test_no_more_translations_are_kept_than_a_reader_can_look_through(desk: Desk) -> None:
    id = await asked(desk)
    for n in range(MOST_TRANSLATIONS):
        await translated(desk, id, f"{GERMAN} {n}", "de" if n % 2 else "en")
    refused = await translated(desk, id, BETTER, status=409)
    assert refused["type"].endswith("too_many_translations")


async def erase(desk: Desk, who: str) -> None:
    """Erase a person, and do all that follows."""
    role, _, person = who.partition(":")
    session = Session(desk.mongo, desk.clock)
    order = OrderErasure(id=f"ers_{person}", person_id=person, role=role, at=NOON)
    await session.unit(Cause("test", "test")).execute(ERASURES, order.id, order)
    await session.commit()
    job = Protecting(desk.mongo, Sealer(desk.mongo, ""), load_markets(), await alone(desk.mongo, "protection"))
    while await job.work():
        continue


@pytest.mark.parametrize(
    ("who", "gone"),
    [(BUYER, {"question", "answer"}), (SELLER, {"answer"}), (MEDIATOR, {"answer"}), (AGENT, {"question"})],
    ids=["buyer", "seller", "translator of the answer", "translator of the question"],
)
async def test_a_translation_goes_with_its_message_and_with_its_translator(
    desk: Desk, who: str, gone: set[str]
) -> None:
    """INVARIANT: ADR 23; would break if a translation outlived the words that it tells."""
    ids = {"question": await asked(desk), "answer": (await write(desk, SELLER, FINE))["message_id"]}
    await translated(desk, ids["question"], f"{CANARY}: question")
    await translated(desk, ids["answer"], f"{CANARY}: answer", who=MEDIATOR)
    await erase(desk, who)
    kept = {row["message_id"]: bytes(row["text"]) for row in await desk.mongo.find(TRANSLATIONS, {}, limit=10)}
    assert {name for name, id in ids.items() if not kept[id]} == gone
    for name, id in ids.items():
        told_by = None if name in gone else f"{CANARY}: {name}"
        assert [text for _, _, text in await versions(desk, AGENT, id)] == [told_by]


@pytest.mark.parametrize("who", [BUYER, SELLER])
async def test_what_was_erased_is_not_translated_any_more(desk: Desk, who: str) -> None:
    id = (await write(desk, SELLER, FINE))["message_id"]
    await erase(desk, who)
    refused = await translated(desk, id, CANARY, status=409)
    assert refused["type"].endswith("conversation_erased")
    assert await desk.mongo.count(TRANSLATIONS, {}, limit=1) == 0
