"""What is stored and told of a text or a file says nothing once its key is erased, whoever tries texts. On real MongoDB."""

import hashlib
import hmac
import uuid

import httpx
import made_files as made
import pytest
from attachment_desk import AGENT, BUYER, SELLER, Desk

from chassis.sealing import KEYS, Sealer, Unreadable, opened_hash_key
from chassis.store import Document
from messaging.attachments.store import ATTACHMENTS
from messaging.conversations.store import CONVERSATIONS_COLLECTION, MESSAGES, TRANSLATIONS
from messaging.protection.store import erase_author, erase_conversations
from messaging.writing.store import REPLIES
from ombud_contracts.vocabulary import Role

PIN = "4711"


async def everything(desk: Desk) -> str:
    names = (
        CONVERSATIONS_COLLECTION,
        MESSAGES,
        ATTACHMENTS,
        TRANSLATIONS,
        REPLIES,
        KEYS,
        "outbox",
        "answers",
        "drafts",
    )
    return repr([await desk.mongo.find(name, {}, limit=200) for name in names])


async def translated(desk: Desk, message_id: str, text: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {AGENT}", "Idempotency-Key": uuid.uuid4().hex}
    body = {"language": "de", "text": text}
    return await desk.http.post(f"/messages/{message_id}/translations", headers=headers, json=body)


async def written(desk: Desk) -> tuple[Document, Document, Document]:
    """A PIN in a message, in its translation and in a file; return their rows."""
    photo = made.picture("PNG")
    id = (await desk.sent(SELLER, await desk.uploaded(SELLER, "a.png", photo), text=PIN))["message_id"]
    answer = await translated(desk, id, f"PIN {PIN}")
    assert answer.status_code == 201, answer.text
    (message,) = await desk.mongo.find(MESSAGES, {"_id": id}, limit=1)
    (translation,) = await desk.mongo.find(TRANSLATIONS, {}, limit=2)
    (attachment,) = await desk.mongo.find(ATTACHMENTS, {"message_id": id}, limit=2)
    return message, translation, attachment


async def test_no_plain_hash_of_what_a_person_wrote_or_sent_is_stored_or_told(desk: Desk) -> None:
    """INVARIANT: would break if a hash were taken without a key: a PIN is found from it in milliseconds."""
    message, translation, attachment = await written(desk)
    stored = await everything(desk)
    for text in (PIN, f"PIN {PIN}"):
        assert hashlib.sha256(text.encode()).hexdigest() not in stored
    assert hashlib.sha256(made.picture("PNG")).hexdigest() not in stored
    for row in (message, translation, attachment):
        assert row["sha256"] in stored


async def test_a_hash_can_be_proved_while_its_key_is_there(desk: Desk) -> None:
    message, translation, _attachment = await written(desk)
    key = await Sealer(desk.mongo, "").key(desk.case)
    for row, text in ((message, PIN), (translation, f"PIN {PIN}")):
        raw = opened_hash_key(key, bytes(row["hash_key"])).raw
        assert row["sha256"] == hmac.new(raw, text.encode(), hashlib.sha256).hexdigest()


async def test_equal_texts_have_different_hashes(desk: Desk) -> None:
    for _ in range(2):
        assert (await desk.post(SELLER, {"text": "Labdien!"})).status_code == 201
    first, second = await desk.mongo.find(MESSAGES, {}, limit=3)
    assert first["sha256"] != second["sha256"]


async def test_the_keys_of_hashes_go_with_their_author(desk: Desk) -> None:
    """INVARIANT: would break if the conversation's key, which stays when a seller is erased, were enough."""
    await written(desk)
    await erase_author(desk.mongo, Role.SELLER, "sel_1")
    key = await Sealer(desk.mongo, "").key(desk.case)
    for name in (MESSAGES, TRANSLATIONS, ATTACHMENTS):
        for row in await desk.mongo.find(name, {}, limit=5):
            with pytest.raises(Unreadable):
                opened_hash_key(key, bytes(row["hash_key"]))
    assert await desk.mongo.find(REPLIES, {}, limit=5) == []


async def test_fingerprints_of_replies_are_sealed_and_go_with_the_buyer_they_were_written_to(desk: Desk) -> None:
    """INVARIANT: would break if what a sentence is compared by could be tried against sentences."""
    reply = "Jūsu tālrunis tiks nosūtīts rīt no rīta, atvainojiet par kavēšanos."
    assert (await desk.post(SELLER, {"text": reply})).status_code == 201
    (row,) = await desk.mongo.find(REPLIES, {}, limit=2)
    assert b"sentences" not in bytes(row["trace"])
    found = await desk.mongo.find(CONVERSATIONS_COLLECTION, {}, limit=1)
    await erase_conversations(desk.mongo, found)
    assert await desk.mongo.find(REPLIES, {}, limit=2) == []


async def test_the_same_translation_again_changes_nothing_and_another_is_a_version(desk: Desk) -> None:
    id = (await desk.post(BUYER, {"text": "Labdien!"})).json()["message_id"]
    answers = [await translated(desk, id, text) for text in ("Guten Tag!", "Guten Tag!", "Hallo!")]
    assert [answer.json()["version"] for answer in answers] == [1, 1, 2]
    assert len({row["sha256"] for row in await desk.mongo.find(TRANSLATIONS, {}, limit=5)}) == 2
