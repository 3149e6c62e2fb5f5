"""An internal note never reaches a seller or a buyer: by no route, list, cursor, event or log."""

import re

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from matter import AGENT, BUYER, MEDIATOR, SELLER, Actor, Matter

from ombud_contracts import topics

CANARY = "kanarijputniņš"
SERVICES = ("ticketing", "messaging", "disputes", "sla-monitor", "billing")


@pytest.fixture(scope="session")
async def noted(matter: Matter) -> Matter:
    """The matter, with notes for staff among its messages: more than a page of them."""
    path = f"/conversations/{matter.ids['case_id']}/messages"
    for audience in ("mediator", "internal") * 8:
        reader = MEDIATOR if audience == "mediator" else AGENT
        note = {"text": f"Piezīme: {CANARY}, pārbaudīt.", "audience": audience}
        posted = await matter.done(AGENT, "messaging", path, note)
        matter.ids["note_id"] = posted["message_id"]
        translation = {"language": "de", "text": f"Notiz: {CANARY}, prüfen."}
        await matter.done(reader, "messaging", f"/messages/{matter.ids['note_id']}/translations", translation)
        reading = {"purpose": "moderation"}
        await matter.done(reader, "messaging", f"/messages/{matter.ids['note_id']}/original-readings", reading)
    return matter


async def _reads(matter: Matter, service: str) -> list[str]:
    described = await matter.described(service)
    return [path for path, methods in described["paths"].items() if "get" in methods]


def _filled(matter: Matter, path: str, message_id: str) -> str:
    ids = matter.ids | {"message_id": message_id}
    return re.sub(r"{(\w+)}", lambda name: ids.get(name[1], "none"), path)


@pytest.mark.parametrize("actor", [BUYER, SELLER], ids=["buyer", "seller"])
async def test_no_screen_of_any_service_shows_a_note(noted: Matter, actor: Actor) -> None:
    """INVARIANT: section 7; would break if one query, view or cursor forgot whom it is for."""
    read = 0
    for service, path in [(s, p) for s in SERVICES for p in await _reads(noted, s)]:
        for message_id in (noted.ids["message_id"], noted.ids["note_id"]):
            next_page: str | None = _filled(noted, path, message_id)
            while next_page:
                answer = await noted.ask(actor, "GET", service, next_page)
                assert CANARY not in answer.text, f"{path} shows a note to a {actor[0]}"
                assert noted.ids["note_id"] not in answer.text, f"{path} names a note to a {actor[0]}"
                read += answer.status_code == 200
                next_page = _following(answer.json() if "json" in answer.headers["content-type"] else {}, next_page)
    assert read > len(SERVICES), "hardly anything was read: the test has looked at nothing"


def _following(body: object, path: str) -> str | None:
    cursor = body.get("next_cursor") if isinstance(body, dict) else None
    return f"{path.partition('?')[0]}?cursor={cursor}" if cursor else None


@pytest.mark.parametrize("actor", [BUYER, SELLER], ids=["buyer", "seller"])
async def test_no_command_about_a_note_works_for_a_party(noted: Matter, actor: Actor) -> None:
    """INVARIANT: would break if a note could be contested, appealed or read by its id."""
    described = await noted.described("messaging")
    bodies: dict[str, object] = {
        "contest": {"ground": "not_answered"},
        "rejection": {"reasons": ["x"]},
        "translations": {"language": "de", "text": "x"},
    }
    for path in (p for p, methods in described["paths"].items() if "{message_id}" in p and "post" in methods):
        body = bodies.get(path.rpartition("/")[2], {"purpose": "dispute"} if "original" in path else None)
        answer = await noted.ask(actor, "POST", "messaging", _filled(noted, path, noted.ids["note_id"]), body)
        assert answer.status_code in (403, 404, 422), f"{path} answered {answer.status_code}"
        assert CANARY not in answer.text


async def test_an_agent_reads_the_note_with_the_same_eyes(noted: Matter) -> None:
    """The control: what the tests above look for is there."""
    answer = await noted.ask(AGENT, "GET", "messaging", f"/conversations/{noted.ids['case_id']}/messages")
    assert CANARY in answer.text


async def test_no_topic_and_no_log_has_a_word_of_a_note(noted: Matter) -> None:
    """INVARIANT: bodies never go into topics or logs (section 7)."""
    stack = noted.stack
    parts = [TopicPartition(f"{stack.namespace}.{t.name}", p) for t in topics.ALL for p in range(t.partitions)]
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.infrastructure.kafka, enable_auto_commit=False)
    await consumer.start()
    consumer.assign(parts)
    await consumer.seek_to_beginning(*parts)
    left, words = sum((await consumer.end_offsets(parts)).values()), CANARY.encode()
    assert left
    while left > 0:
        for records in (await consumer.getmany(timeout_ms=500)).values():
            left -= len(records)
            assert not [r for r in records if words in (r.value or b"") or words in str(r.headers).encode()]
    await consumer.stop()
    logs = [process.log.read_text(encoding="utf-8") for process in stack.processes]
    assert not [text for text in logs if CANARY in text or CANARY.encode("unicode_escape").decode() in text]
