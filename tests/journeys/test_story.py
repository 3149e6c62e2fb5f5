"""The whole story on five real processes: what the demo shows to people, CI sees here; and what the run left in topics and
logs is read once more."""

import json
import re
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from evidence import Evidence, Published, collect

from ombud_local.infrastructure import Infrastructure, start_infrastructure
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace
from ombud_local.story.play import play
from ombud_local.story.truth import Record

WRITTEN = (
    "Telefons vairs neieslēdzas",
    "2912 3456",
    "Automātiska atbilde",
    "o carregador segue hoje",
    "Die schwarzen Kopfhörer gehen heute raus",
    "La caja tiene tres arañazos",
    "490154203237518",
    "zina, kur es dzīvoju",
    "draudējis pircējai",
    "jautāju pēc piegādes adreses",
    "austiņas nav īstas",
    "Mugursomai pēc vienas dienas",
)
"""Words that people wrote in the story: none may be seen outside messaging's sealed texts."""


@pytest.fixture(scope="module")
def infrastructure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Infrastructure]:
    with start_infrastructure(tmp_path_factory.mktemp("infrastructure"), lambda _line: None) as started:
        yield started


@pytest.fixture(scope="module")
def markets() -> Iterator[Path]:
    with as_file(files("ombud_local").joinpath("markets")) as folder:
        yield folder


@pytest.fixture(scope="module")
def stack(infrastructure: Infrastructure, markets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(infrastructure, tmp_path_factory.mktemp("story"), markets=markets) as started:
        started.prepare()
        started.start_all()
        yield started


@pytest.fixture(scope="module")
async def told(stack: Stack) -> Record:
    """The story, played once; a claim that does not hold fails here, and names itself."""
    record = Record()
    urls = {process.service: process.url for process in stack.processes}
    async with Marketplace(stack.infrastructure.kafka, stack.namespace) as marketplace:
        await play(urls, stack.token, marketplace, record)
    return record


@pytest.fixture(scope="module")
async def left_behind(told: Record, stack: Stack) -> Evidence:
    """Topics and databases after the story."""
    assert told.seen
    return await collect(stack.infrastructure.kafka, stack.infrastructure.mongo, stack.namespace)


def test_every_chapter_of_the_story_is_seen_true(told: Record) -> None:
    assert {seen.chapter for seen in told.seen} == set(range(1, 22))
    assert len(told.seen) >= 60


def _trace(record: Published) -> str:
    return record.headers["traceparent"].split("-")[1]


def test_one_trace_runs_from_the_request_to_the_billing_write(left_behind: Evidence) -> None:
    """INVARIANT: would break if the trace context were not kept in the outbox, or not continued by a consumer."""
    decided = next(  # the one by which a refund is ordered, and announced to the seller as a charge
        r
        for r in left_behind.records
        if r.headers.get("ce_type") == "disputes.dispute_decided" and b'"PARTIAL_REFUND"' in r.value
    )
    followed = [
        r
        for r in left_behind.records
        if r.headers.get("ce_type") in ("billing.charge_proposed", "billing.refund_ordered")
        and _trace(r) == _trace(decided)
    ]
    assert {r.headers["ce_type"] for r in followed} == {"billing.charge_proposed", "billing.refund_ordered"}
    assert all(r.headers["ce_causationid"] == decided.id for r in followed)
    assert len({r.headers["ce_correlationid"] for r in [decided, *followed]}) == 1


@pytest.mark.rule("R-04")
def test_no_text_of_a_person_is_in_a_topic_or_a_log(left_behind: Evidence, stack: Stack) -> None:
    """INVARIANT: R-04 and section 7; would break if an event, a log line or an error carried what somebody wrote."""
    own = b"\n".join(r.value for r in left_behind.records if not r.topic.startswith("marketplace."))
    logs = "\n".join(p.log.read_text() for p in stack.processes)
    for words in WRITTEN:
        assert words.encode() not in own, f"a topic carries {words!r}"
        assert words not in logs, f"a log carries {words!r}"


def test_texts_are_sealed_in_the_database(left_behind: Evidence) -> None:
    messages = left_behind.databases["messaging"]["messages"]
    assert messages
    for message in messages:
        assert re.match(rb"gAAAAA", bytes(message["original"])), "not a Fernet token"
    everything = repr(left_behind.databases).encode()
    assert not any(words.encode() in everything for words in WRITTEN if not words.isdigit())


def test_every_log_line_is_json_with_a_trace(stack: Stack, told: Record) -> None:
    assert told.seen
    lines = [json.loads(line) for p in stack.processes for line in p.log.read_text().splitlines()]
    answered = [line for line in lines if line["msg"] == "answered"]
    assert answered
    assert all(re.fullmatch(r"[0-9a-f]{32}", line["trace_id"]) for line in answered)
