"""Attachments over HTTP, on real GridFS: sent once, seen like their message, read by their reader's own link."""

import asyncio
from collections.abc import AsyncIterator

import made_files as made
import pytest
from attachment_desk import AGENT, BUYER, OTHERS, SELLER, Desk, a_desk, emptied, opened

from chassis.ids import new_id
from chassis.sealing import KEYS
from messaging.attachments.jobs import Sweeping
from messaging.attachments.store import erase_attachments
from messaging.protection.store import erase_author

PHOTO = made.photograph()
PHONE = "+371 29123456"


@pytest.mark.parametrize("shared_desk", ["motor", "pymongo"], indirect=True)
async def test_a_picture_is_uploaded_sent_and_read_by_the_other_side(desk: Desk) -> None:
    uploaded = (await desk.upload(BUYER, "mans tālrunis.jpeg", PHOTO)).json()
    assert uploaded["media_type"] == "image/jpeg"
    assert uploaded["sha256"] != uploaded["original_sha256"]
    posted = await desk.sent(BUYER, uploaded["attachment_id"], text="Lūk, bilde ar plaisu ekrānā.")
    assert posted["status"] == "DELIVERED"
    shown = (await desk.get(SELLER, f"/conversations/{desk.case}/messages")).json()["messages"][0]["attachments"]
    assert [(a["file_name"], a["withheld"]) for a in shown] == [("mans tālrunis.jpeg", False)]
    answer = await desk.read(SELLER, posted["message_id"], uploaded["attachment_id"])
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xff\xd8\xff")
    assert b"Secretphone" not in answer.content
    assert len(answer.content) == int(answer.headers["content-length"]) == uploaded["size_bytes"]
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''mans%20t%C4%81lrunis.jpeg" in answer.headers["content-disposition"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["cache-control"] == "private, no-store"


async def test_a_message_may_be_nothing_but_its_files(desk: Desk) -> None:
    """Section 3: attachment-only counts."""
    posted = await desk.sent(BUYER, await desk.uploaded(BUYER, "a.jpg", PHOTO))
    assert posted["status"] == "DELIVERED"
    assert (await desk.get(BUYER, f"/conversations/{desk.case}")).json()["owes_reply"]
    answered = await desk.sent(SELLER, await desk.uploaded(SELLER, "label.pdf", made.document("Parcel label")))
    assert answered["not_qualifying_because"] == []
    assert (await desk.post(BUYER, {"requests_information": False})).status_code == 422


async def test_a_file_is_sent_once_by_its_uploader_in_its_conversation(desk: Desk) -> None:
    """INVARIANT: would break if a message took files by their ids alone."""
    await opened(desk, second := new_id("cas"))
    id = await desk.uploaded(BUYER, "a.jpg", PHOTO)
    elsewhere = (await desk.upload(BUYER, "b.jpg", PHOTO, case=second)).json()["attachment_id"]
    for who, named in ((SELLER, id), (BUYER, elsewhere), (BUYER, "att_none"), (AGENT, id)):
        refused = await desk.post(who, {"text": "Skatiet pielikumu.", "attachments": [named]})
        assert refused.status_code == 409, refused.text
        assert refused.json()["type"].endswith("not_attachable")
    await desk.sent(BUYER, id)
    again = await desk.post(BUYER, {"attachments": [id]})
    assert again.json()["type"].endswith("not_attachable")


async def test_the_same_upload_and_the_same_message_sent_twice_are_one_from_two_replicas_at_once(
    desk: Desk,
) -> None:
    """INVARIANT: one client key, one attachment, one message; would break if ids were made by chance alone."""
    other = await a_desk(desk.app.state.runtime.settings.namespace)
    other.case = desk.case
    uploads = await asyncio.gather(*(d.upload(BUYER, "a.jpg", PHOTO, "key-1") for d in (desk, other)))
    assert {u.status_code for u in uploads} == {201}
    ids = {u.json()["attachment_id"] for u in uploads}
    assert len(ids) == 1
    body = {"text": "Lūk, bilde.", "attachments": [*ids]}
    posted = await asyncio.gather(*(d.post(BUYER, body, "key-2") for d in (desk, other)))
    assert {p.status_code for p in posted} == {201}
    assert len({p.json()["message_id"] for p in posted}) == 1
    assert len((await desk.get(BUYER, f"/conversations/{desk.case}/messages")).json()["messages"]) == 1
    changed = await desk.upload(BUYER, "a.jpg", made.picture(), "key-1")
    assert changed.status_code == 422
    await other.http.aclose()
    await other.mongo.close()


async def test_two_messages_at_once_cannot_both_carry_a_file(desk: Desk) -> None:
    id = await desk.uploaded(BUYER, "a.jpg", PHOTO)
    answers = await asyncio.gather(*(desk.post(BUYER, {"attachments": [id]}) for _ in range(3)))
    assert sorted(a.status_code for a in answers) == [201, 409, 409]


# -- Who may read ------------------------------------------------------------------------------------------------------


async def test_nobody_else_gets_a_link_or_uses_one(desk: Desk) -> None:
    """INVARIANT: would break if a link were good for whoever holds it, or a file were found by its id."""
    id = await desk.uploaded(BUYER, "a.jpg", PHOTO)
    message_id = (await desk.sent(BUYER, id))["message_id"]
    url = (await desk.link(SELLER, message_id, id)).json()["url"]
    for who in OTHERS:
        assert (await desk.link(who, message_id, id)).status_code == 404
        assert (await desk.get(who, url)).status_code == 404
    assert (await desk.get(BUYER, url)).status_code == 404, "the other party needs a link of its own"
    assert (await desk.get("", url)).status_code == 401
    assert (await desk.get(SELLER, url)).status_code == 200
    assert (await desk.get(SELLER, f"/attachments/{id}")).status_code == 404


async def test_a_tampered_or_outdated_link_leads_nowhere(desk: Desk) -> None:
    id = await desk.uploaded(BUYER, "a.jpg", PHOTO)
    message_id = (await desk.sent(BUYER, id))["message_id"]
    url = (await desk.link(SELLER, message_id, id)).json()["url"]
    token = url.rpartition("/")[2]
    body, _, signature = token.rpartition(".")
    for wrong in (
        token[:-1],
        token + "A",
        f"{body[:-2]}xx.{signature}",
        body,
        f".{signature}",
        "x" * 5000,
        "%00",
        "a b",
    ):
        assert (await desk.get(SELLER, f"/attachments/{wrong}")).status_code == 404, wrong[:40]
    desk.clock.advance(seconds=119)
    assert (await desk.get(SELLER, url)).status_code == 200
    desk.clock.advance(seconds=2)
    assert (await desk.get(SELLER, url)).status_code == 404


@pytest.mark.parametrize("audience", ["internal", "mediator"])
async def test_the_file_of_a_note_is_seen_by_the_platforms_people_alone(desk: Desk, audience: str) -> None:
    """INVARIANT: would break if a file were looked for apart from its message's audience."""
    id = await desk.uploaded(AGENT, "note.pdf", made.document())
    message_id = (await desk.sent(AGENT, id, audience=audience))["message_id"]
    for who in (BUYER, SELLER):
        assert (await desk.link(who, message_id, id)).status_code == 404
    assert (await desk.read("mediator:med_9", message_id, id)).status_code == 200
    assert (await desk.link("agent:agt_9", message_id, id)).status_code == (404 if audience == "mediator" else 200)


async def test_the_file_of_a_blocked_message_is_seen_by_its_author_and_moderators(desk: Desk) -> None:
    id = await desk.uploaded(SELLER, "a.png", made.code(PHONE))
    posted = await desk.sent(SELLER, id)
    assert posted["status"] == "BLOCKED"
    assert (await desk.link(BUYER, posted["message_id"], id)).status_code == 404
    for who in (SELLER, AGENT):
        assert (await desk.read(who, posted["message_id"], id)).status_code == 200


async def test_a_link_given_before_an_erasure_leads_nowhere_after_it(desk: Desk) -> None:
    """INVARIANT: would break if a remembered key, or the bytes in GridFS, outlived the erasure."""
    id = await desk.uploaded(BUYER, "a.jpg", PHOTO)
    message_id = (await desk.sent(BUYER, id))["message_id"]
    url = (await desk.link(SELLER, message_id, id)).json()["url"]
    await desk.mongo.remove(KEYS, {"_id": desk.case})
    await erase_attachments(desk.mongo, {"case_id": desk.case})
    assert (await desk.get(SELLER, url)).status_code == 404
    assert (await desk.link(SELLER, message_id, id)).status_code == 404
    await Sweeping(desk.mongo, desk.files).work()
    assert await desk.files.ids(10) == []
    assert [row["status"] for row in await desk.rows()] == ["GONE"]


async def test_erasing_a_person_takes_the_files_they_uploaded_and_leaves_the_others(desk: Desk) -> None:
    theirs, ours = await desk.uploaded(SELLER, "a.jpg", PHOTO), await desk.uploaded(BUYER, "b.jpg", PHOTO)
    unsent = await desk.uploaded(SELLER, "c.jpg", PHOTO)
    messages = [(await desk.sent(who, id))["message_id"] for who, id in ((SELLER, theirs), (BUYER, ours))]
    await erase_author(desk.mongo, "seller", "sel_1")
    assert (await desk.link(BUYER, messages[0], theirs)).status_code == 404
    assert (await desk.link(SELLER, messages[1], ours)).status_code == 200
    await Sweeping(desk.mongo, desk.files).work()
    assert {row["_id"]: row["status"] for row in await desk.rows()} == {theirs: "GONE", ours: "SENT"}
    assert unsent not in str(await desk.rows())
    shown = (await desk.get(BUYER, f"/conversations/{desk.case}/messages")).json()["messages"]
    assert [a["file_name"] for m in shown for a in m["attachments"]] == ["b.jpg", None]


# -- What is found -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("R-04")
async def test_a_number_in_a_picture_blocks_a_sellers_message_and_says_where(desk: Desk) -> None:
    """R-04: a QR code is no way around."""
    id = await desk.uploaded(SELLER, "bilde.png", made.code(f"tel:{PHONE}"))
    posted = await desk.sent(SELLER, id, text="Sūtījums ir ceļā, paldies par pacietību!")
    assert posted["status"] == "BLOCKED"
    found = posted["findings"]
    assert {(f["kind"], f["place"], f["attachment_id"]) for f in found} == {("phone", "picture", id)}
    assert "attēlā" in posted["advice"]
    assert posted["appeal"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (None, "zvani 29123456.jpg"),
        (None, "+371_29_123_456.jpg"),
        ("Zvaniet uz 2912", "3456.jpg"),
        ("3456", "zvaniet 2912.jpg"),
    ],
)
async def test_a_number_in_a_files_name_or_split_over_it_and_the_text_is_found(
    desk: Desk, text: str | None, name: str
) -> None:
    id = await desk.uploaded(SELLER, name, PHOTO)
    posted = await desk.sent(SELLER, id, **({"text": text} if text else {}))
    assert posted["status"] == "BLOCKED", posted
    assert all(f["kind"] == "phone" for f in posted["findings"])


async def test_a_number_split_over_an_earlier_files_name_and_a_later_text_is_found(desk: Desk) -> None:
    first = await desk.sent(SELLER, await desk.uploaded(SELLER, "zvaniet 2912.jpg", PHOTO))
    assert first["status"] == "DELIVERED"
    assert (await desk.post(SELLER, {"text": "3456"})).json()["status"] == "BLOCKED"


async def test_a_link_in_a_document_is_found(desk: Desk) -> None:
    link = "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://wa.me/37129123456) >> >>"
    id = await desk.uploaded(SELLER, "manual.pdf", made.document("Manual", page=f"/Annots [{link}]"))
    posted = await desk.sent(SELLER, id)
    assert posted["status"] == "BLOCKED"
    assert {f["place"] for f in posted["findings"]} == {"document"}


CLEAN = [
    ("ean.png", made.code("4006381333931", "EAN13")),
    ("imei.png", made.code("352099001761481", "Code128")),
    ("IMG_20261124_130812.jpg", PHOTO),
    ("PXL_20261124_101112123.jpg", PHOTO),
    ("WhatsApp Image 2026-11-24 at 13.05.12.jpeg", PHOTO),
    ("Screenshot_20261124-130512.png", made.picture("PNG")),
    ("DSC00123.jpg", PHOTO),
    ("ekrāns ar plaisu.jpg", PHOTO),
    (
        "rekins.pdf",
        made.document("Invoice 2026-17 SIA Veikals PVN LV40003000000 Tel. +371 67123456 IBAN LV80BANK0000435195001"),
    ),
]


@pytest.mark.parametrize(("name", "content"), CLEAN, ids=[name for name, _ in CLEAN])
async def test_product_codes_camera_names_and_invoices_are_clean(desk: Desk, name: str, content: bytes) -> None:
    """Section 7, never hit: check digits decide, and company data on invoices are where they belong."""
    posted = await desk.sent(SELLER, await desk.uploaded(SELLER, name, content))
    assert (posted["status"], posted["findings"]) == ("DELIVERED", [])


@pytest.mark.rule("R-04")
async def test_a_buyers_picture_with_a_number_is_left_out_and_the_rest_delivered(desk: Desk) -> None:
    """R-04: the buyer's first try is redacted and explained; a picture cannot be redacted, so it is withheld."""
    bad = await desk.uploaded(BUYER, "a.png", made.code(PHONE))
    named = await desk.uploaded(BUYER, "zvani 29123456.jpg", PHOTO)
    posted = await desk.sent(BUYER, bad, named, text="Lūk, bildes ar plaisu.")
    assert posted["status"] == "DELIVERED"
    assert posted["advice"]
    shown = (await desk.get(SELLER, f"/conversations/{desk.case}/messages")).json()["messages"][0]
    assert shown["redacted"]
    assert [(a["withheld"], a["file_name"]) for a in shown["attachments"]] == [(True, None), (False, None)]
    assert (await desk.link(SELLER, posted["message_id"], bad)).status_code == 404
    assert (await desk.read(BUYER, posted["message_id"], bad)).status_code == 200
    answer = await desk.read(SELLER, posted["message_id"], named)
    assert "29123456" not in answer.headers["content-disposition"]
    assert "attachment.jpg" in answer.headers["content-disposition"]


# -- What is not kept --------------------------------------------------------------------------------------------------

BAD_NAMES = [
    "../../x.jpg",
    "a/b.jpg",
    "a\\b.jpg",
    "a\x00.jpg",
    "photo\u202egpj.exe",
    ".htaccess",
    "..",
    "a\nb.jpg",
    "x" * 200,
]


@pytest.mark.parametrize("name", BAD_NAMES)
async def test_a_name_that_is_none_is_refused_and_nothing_stored(desk: Desk, name: str) -> None:
    answer = await desk.upload(BUYER, name, PHOTO)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:ombud:problem:file_name_refused")
    assert await desk.rows() == []
    assert await desk.files.ids(10) == []


@pytest.mark.parametrize("given", ["invoice.exe", "a.pdf.exe", "picture", "x.svg"])
async def test_a_name_with_another_ending_gets_the_one_of_its_content(desk: Desk, given: str) -> None:
    answer = await desk.upload(BUYER, given, PHOTO)
    name = answer.json()["file_name"]
    assert name.endswith(".jpg")
    assert name.count(".") == 1


BAD_FILES = [
    (b"", "empty"),
    (b"MZ\x90\x00" + bytes(500), "unknown_type"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unknown_type"),
    (made.picture() + made.a_zip(), "several_files"),
    (made.png_of_size(60_000, 60_000), "too_many_pixels"),
    (made.picture("PNG")[:-20], "truncated"),
    (made.locked_document(), "encrypted"),
    (made.document(more=[b"<< /S /JavaScript /JS (x) >>"]), "active_content"),
    (made.document(more=[made.packed_stream(150_000_000)]), "too_much_inside"),
]


@pytest.mark.parametrize(("content", "why"), BAD_FILES, ids=[f"{n}-{why}" for n, (_, why) in enumerate(BAD_FILES)])
async def test_a_bad_file_is_refused_with_its_code_and_nothing_stored(desk: Desk, content: bytes, why: str) -> None:
    """INVARIANT: would break if a file were stored before it was opened."""
    answer = await desk.upload(SELLER, "photo.jpg", content)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:ombud:problem:unacceptable_file")
    assert answer.json()["reason"] == why
    assert await desk.rows() == []
    assert await desk.files.ids(10) == []
    assert await desk.mongo.count("files.chunks", {}, 10) == 0


async def test_a_file_beyond_the_limit_is_refused_wherever_it_says_how_long_it_is(namespace: str) -> None:
    desk = await a_desk(namespace, attachment_bytes=100_000)
    await emptied(desk)

    async def without_a_length() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield bytes(5_000)

    for content in (bytes(200_000), without_a_length()):
        assert (await desk.upload(BUYER, "a.jpg", content)).status_code == 413
    assert await desk.rows() == []
    longer = await desk.post(BUYER, {"text": "x" * 9000, "audience": "thread"})
    assert longer.status_code == 201, "other routes keep their own limit"
    await desk.mongo.drop()
    await desk.mongo.close()


async def test_a_message_carries_so_many_files_and_a_person_keeps_so_many_waiting(namespace: str) -> None:
    desk = await a_desk(namespace, attachments_per_message=2, attachments_unsent=4, attachment_bytes_per_message=1500)
    await emptied(desk)
    ids = [await desk.uploaded(BUYER, f"{n}.jpg", made.picture(size=(20 + n, 20))) for n in range(4)]
    assert (await desk.upload(BUYER, "5.jpg", PHOTO)).json()["type"].endswith("too_many_unsent_files")
    assert (await desk.post(BUYER, {"attachments": ids[:3]})).json()["type"].endswith("too_many_attachments")
    assert (await desk.upload(SELLER, "5.jpg", PHOTO)).status_code == 201
    await desk.sent(BUYER, ids[0])
    large = await desk.uploaded(BUYER, "large.png", made.picture("PNG", size=(3000, 3000)))
    assert (await desk.post(BUYER, {"attachments": [large, ids[1]]})).json()["type"].endswith("attachments_too_large")
    await desk.mongo.drop()
    await desk.mongo.close()


async def test_what_is_not_sent_within_a_day_is_removed_and_what_was_sent_stays(desk: Desk) -> None:
    sent, unsent = [await desk.uploaded(BUYER, f"{n}.jpg", PHOTO) for n in "ab"]
    message_id = (await desk.sent(BUYER, sent))["message_id"]
    await desk.mongo.change("attachments", {}, [{"$set": {"at": desk.clock.at.replace(year=2020)}}])
    sweeping = Sweeping(desk.mongo, desk.files)
    await sweeping.work()
    assert [row["_id"] for row in await desk.rows()] == [sent]
    assert len(await desk.files.ids(10)) == 1
    assert (await desk.read(SELLER, message_id, sent)).status_code == 200
    assert (await desk.post(BUYER, {"attachments": [unsent]})).status_code == 409


async def test_a_file_is_not_sent_when_its_day_is_over_even_before_it_is_removed(desk: Desk) -> None:
    id = await desk.uploaded(BUYER, "a.jpg", PHOTO)
    desk.clock.advance(days=1, seconds=1)
    assert (await desk.post(BUYER, {"attachments": [id]})).json()["type"].endswith("not_attachable")


async def test_an_upload_that_broke_off_after_its_bytes_were_stored_leaves_nothing(desk: Desk) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield b"sealed"

    await desk.files.put("fil_1", content())
    row = {"status": "ARRIVING", "file_id": "fil_1", "at": desk.clock.at.replace(year=2020)}
    await desk.mongo.take("attachments", "fil_1", [{"$set": row}])
    await Sweeping(desk.mongo, desk.files).work()
    assert await desk.rows() == []
    assert await desk.files.ids(10) == []


async def test_what_is_kept_says_nothing_about_anybody(desk: Desk) -> None:
    """INVARIANT: bytes, names and words are sealed; would break if one were stored as it came."""
    await desk.uploaded(BUYER, "Jānis Bērziņš.png", made.code(PHONE))
    kept = repr(await desk.rows()) + repr(await desk.mongo.find("files.files", {}, limit=9))
    stored = b"".join([bytes(c["data"]) for c in await desk.mongo.find("files.chunks", {}, limit=9)])
    assert "Jānis" not in kept
    assert "29123456" not in kept
    assert b"PNG" not in stored
