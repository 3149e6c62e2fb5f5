"""Evidence is no way around the rules of the thread: no place in a photo, no contact data, nothing open in the database."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import made_files as made
import pytest
from disputes_situations import NOON
from evidence_desk import AGENT, BUYER, MEDIATOR, SELLER, Desk, a_desk
from PIL import Image

from chassis.aggregate import Cause, Session
from chassis.sealing import Sealer, Unreadable
from chassis.testing import FixedClock
from disputes.evidence.checking import EvidenceStore
from disputes.evidence.store import EVIDENCE, EVIDENCE_KEYS, seal_next_evidence
from ombud_contracts.events.messaging import EnforcementPublished
from ombud_contracts.events.ticketing import CaseOpened
from ombud_contracts.vocabulary import Role
from ombud_files.checking import FileChecks, Limits

LEAK = "Zvaniet man uz +371 29 123 456, vienosimies bez platformas."
HONEST = "Tālrunis saplīsa pirmdien, IMEI 490154203237518, pasūtījums ord_3."


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk() as made_desk:
        yield made_desk


async def test_a_photograph_does_not_tell_the_other_side_where_it_was_taken(desk: Desk) -> None:
    """INVARIANT: would break if evidence were kept as it came."""
    photo = made.photograph()
    assert b"Secretphone" in photo
    id = await desk.submit(BUYER, photo)
    for who in (SELLER, MEDIATOR, BUYER):
        kept = await desk.content(who, id)
        assert b"ecret" not in kept
        assert not Image.open(made.opened(kept)).getexif()


@pytest.mark.parametrize(
    ("who", "content"),
    [
        (BUYER, LEAK.encode()),
        (SELLER, LEAK.encode()),
        (SELLER, b"Write me on telegram @bestseller"),
        (SELLER, b"Pay to LV80BANK0000435195001 and I send a new one."),
        (BUYER, made.code("+371 29 123 456")),
        (SELLER, made.document("Call +371 29123456")),
        (BUYER, ("Tas ir garš stāsts. " * 900 + LEAK).encode()),
    ],
    ids=["buyer", "seller", "handle", "bank", "picture", "document", "long"],
)
async def test_contact_data_are_refused_as_in_the_thread_and_named(desk: Desk, who: str, content: bytes) -> None:
    """INVARIANT: would break if what a message may not say could be said as evidence."""
    answer = await desk.offer(who, content)
    assert answer.status_code == 409, answer.text
    problem = answer.json()
    assert problem["type"].endswith("contact_data_in_evidence")
    assert {"kind", "place", "start", "end"} <= problem["findings"][0].keys()
    assert "29 123 456" not in answer.text
    assert await desk.mongo.find(EVIDENCE, {}, limit=5) == []


@pytest.mark.parametrize("kind", ["call_29123456", "whatsapp.37129123456", "+371"])
async def test_the_kind_of_evidence_is_not_a_place_for_contact_data(desk: Desk, kind: str) -> None:
    assert (await desk.offer(SELLER, HONEST.encode(), kind=kind)).status_code in (409, 422)


async def test_a_number_in_pieces_over_statements_is_refused_at_the_last_one(desk: Desk) -> None:
    for piece in ("My number begins with 2912,", "then comes"):
        assert (await desk.offer(SELLER, piece.encode())).status_code in (201, 409)
    answer = await desk.offer(SELLER, b"Call me: 29 12")
    last = await desk.offer(SELLER, b"34 56")
    assert 409 in (answer.status_code, last.status_code)


async def test_a_statement_is_sixty_pages_long_at_most(desk: Desk) -> None:
    """INVARIANT: the detectors read each page; would break if one statement could keep them busy for minutes."""
    answer = await desk.offer(BUYER, b"It does not turn on. " * 6_000)
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"].endswith("unsupported_evidence")
    assert await desk.mongo.find(EVIDENCE, {}, limit=5) == []


async def test_what_is_honest_is_taken_and_read_by_both_sides(desk: Desk) -> None:
    id = await desk.submit(BUYER, HONEST.encode())
    assert (await desk.content(SELLER, id)).decode() == HONEST
    assert await desk.submit(SELLER, made.code("4006381333931", "EAN13"))
    assert await desk.submit(BUYER, made.mp4())
    assert await desk.submit(AGENT, b"The carrier's desk is +371 67 000 000.")


async def test_the_cases_own_numbers_are_not_contact_data(desk: Desk) -> None:
    """The case's number, its order and its line are known to both sides."""
    numbered = CaseOpened(
        case_id="cas_1",
        number="29123456",
        market="lv",
        buyer_id="buy_1",
        seller_id="sel_2",
        order_id="ord_3",
        line_id="lin_4",
        reason="DEFECTIVE",
        family="CONFORMITY",
        phase="after",
        priority=2,
        priority_reasons=("severity",),
        draft_id="drf_1",
        opened_by="buyer",
        opened_at=NOON,
    )
    written = b"29123456"
    assert (await desk.offer(BUYER, written)).status_code == 409
    await desk.service.hears(numbered)
    assert (await desk.offer(BUYER, written)).status_code == 201


async def test_evidence_for_the_mediator_alone_may_name_a_number_and_the_other_side_does_not_see_it(desk: Desk) -> None:
    id = await desk.submit(BUYER, LEAK.encode(), audience="mediator")
    assert (await desk.content(MEDIATOR, id)).decode() == LEAK
    for reader, status in ((BUYER, 200), ("supervisor:sup_1", 200), (SELLER, 404), ("agent:agt_1", 404)):
        assert (await desk.get(reader, f"/evidence/{id}/content")).status_code == status
        shown = (await desk.get(reader, "/disputes/dsp_1")).json()["evidence"]
        assert (id in {e["evidence_id"] for e in shown}) is (status == 200), reader


async def test_a_market_may_have_a_policy_of_its_own_as_messaging_publishes_it(desk: Desk) -> None:
    rows = [{"id": "own", "sentence": "Numbers are let pass.", "action": "allow", "role": "buyer"}]
    for number, (days, kept) in enumerate(((-1, rows), (1, [])), 1):
        event = EnforcementPublished(
            market="lv",
            number=number,
            effective_from=NOON + timedelta(days=days),
            content=json.dumps({"rows": kept}),
            candidate_id="cnd_1",
            published_at=NOON - timedelta(days=2),
        )
        await desk.service.hears(event)
    assert (await desk.offer(BUYER, LEAK.encode())).status_code == 201
    assert (await desk.offer(SELLER, LEAK.encode())).status_code == 409


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (made.picture() + made.a_zip(), "several_files"),
        (made.locked_document(), "encrypted"),
        (made.document(catalog="/OpenAction << /S /JavaScript /JS (x) >>"), "active_content"),
        (b"MZ\x90\x00" + bytes(90), "unknown_type"),
        (b"<svg/>", "unknown_type"),
        (b"   ", "unknown_type"),
        (b"%PDF-1.4 in plain letters", "truncated"),
    ],
)
async def test_what_is_no_evidence_is_refused_with_its_reason(desk: Desk, content: bytes, reason: str) -> None:
    answer = await desk.offer(BUYER, content)
    assert (answer.status_code, answer.json()["reason"]) == (422, reason)


async def test_nothing_of_it_lies_open_in_the_database(desk: Desk) -> None:
    """INVARIANT: would break if content or its plain hash were stored."""
    await desk.submit(BUYER, HONEST.encode())
    (row,) = await desk.mongo.find(EVIDENCE, {}, limit=5)
    everything = repr(
        [await desk.mongo.find(name, {}, limit=50) for name in (EVIDENCE, "disputes", "outbox", "answers")]
    )
    assert "saplīsa" not in everything
    assert hashlib.sha256(HONEST.encode()).hexdigest() not in everything
    assert HONEST.encode() not in bytes(row["content"])


def store_of(desk: Desk) -> EvidenceStore:
    return EvidenceStore(Sealer(desk.mongo, "", EVIDENCE_KEYS), FileChecks(Limits()), {})


async def test_the_hash_of_evidence_can_be_proved_while_its_key_is_there_and_not_after_an_erasure(desk: Desk) -> None:
    """INVARIANT: would break if a hash could be found from the text without a key, or the key outlived the person."""
    id = await desk.submit(BUYER, HONEST.encode())
    (shown,) = (await desk.get(MEDIATOR, "/disputes/dsp_1")).json()["evidence"]
    (row,) = await desk.mongo.find(EVIDENCE, {}, limit=5)
    key = await store_of(desk).hash_key(row)
    assert shown["sha256"] == hmac.new(key.raw, HONEST.encode(), hashlib.sha256).hexdigest()
    await desk.erased("buy_1", Role.BUYER)
    (row,) = await desk.mongo.find(EVIDENCE, {}, limit=5)
    assert (bytes(row["content"]), bytes(row["hash_key"])) == (b"", b"")
    assert await desk.mongo.count(EVIDENCE_KEYS, {"_id": id}, limit=1) == 0
    with pytest.raises(Unreadable):
        await store_of(desk).hash_key(row)


async def test_evidence_that_was_kept_open_before_is_sealed_and_reads_as_it_did(desk: Desk) -> None:
    session = Session(desk.mongo, FixedClock(NOON))
    before = {"dispute_id": "dsp_1", "content": b"Open once.", "media_type": "text/plain", "by": "buyer"}
    row = {**before, "submitter_id": "buy_1", "audience": "thread"}
    session.unit(Cause("test", "test")).insert(EVIDENCE, "evd_old", row)
    await session.commit()
    assert await desk.content(SELLER, "evd_old") == b"Open once."
    sealer = Sealer(desk.mongo, "", EVIDENCE_KEYS)
    assert await seal_next_evidence(desk.mongo, sealer)
    assert not await seal_next_evidence(desk.mongo, sealer)
    (kept,) = await desk.mongo.find(EVIDENCE, {}, limit=5)
    assert b"Open once." not in bytes(kept["content"])
    assert await desk.content(SELLER, "evd_old") == b"Open once."
