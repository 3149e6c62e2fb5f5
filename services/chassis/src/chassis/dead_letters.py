"""The operator's tool for dead letters: list, show, replay. A replay sends the record to its topic again, with the same id.

Consumers for which the event took effect skip it; the one that parked it tries again, and if that fails again, counts it
at the dead letter that is there. A record that was parked by reference is too large to be read: it is not sent again.
The tool never deletes anything.
"""

import argparse
import asyncio
import base64
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chassis.kafka_access import KafkaAccess
from chassis.kafka_settings import KafkaSettings, settings_of
from chassis.parking import MARK, REPLAYED
from ombud_contracts import groups
from ombud_contracts.topics import dead_letters

_READ_SECONDS = 10.0
"""A dead-letter topic is small; longer than this means that the broker does not answer."""


def topics_of(consumer: str) -> list[str]:
    """Return the dead-letter topics of a consumer, such as `billing`."""
    return [
        dead_letters(topic, group.consumer).name
        for group in groups.ALL
        if group.consumer == consumer
        for topic in group.topics
    ]


def facts_of(record: ConsumerRecord[Any, Any]) -> dict[str, str]:
    """Return why and where a record was parked, and the event's id."""
    texts = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    facts = {name.removeprefix(MARK): text for name, text in texts.items() if name.startswith(MARK)}
    return {**facts, "id": texts.get("ce_id", ""), "type": texts.get("ce_type", "")}


@asynccontextmanager
async def _reader(kafka: KafkaAccess, topics: Sequence[str]) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(**kafka.client(), auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        known = await consumer.topics()
        consumer.assign([TopicPartition(t, 0) for t in topics if t in known])  # dead letters have one partition
        yield consumer
    finally:
        await consumer.stop()


async def read_all(kafka: KafkaAccess, namespace: str, consumer: str) -> list[ConsumerRecord[Any, Any]]:
    """Return every dead letter of a consumer, oldest first. Raises KafkaError, OSError or TimeoutError."""
    prefix = f"{namespace}." if namespace else ""
    async with asyncio.timeout(_READ_SECONDS), _reader(kafka, [prefix + t for t in topics_of(consumer)]) as reader:
        parts = list(reader.assignment())
        ends = await reader.end_offsets(parts)
        starts = await reader.beginning_offsets(parts)
        left = sum(ends[p] - starts[p] for p in parts)
        found: list[ConsumerRecord[Any, Any]] = []
        while len(found) < left:
            for records in (await reader.getmany(timeout_ms=500)).values():
                found += records
    return sorted(found, key=lambda r: r.timestamp)


def may_be_sent(record: ConsumerRecord[Any, Any]) -> bool:
    """Tell whether a dead letter holds its record, and not only where it stands."""
    return facts_of(record).get("reference") != "True"


async def publish_without_outbox(
    kafka: KafkaAccess, namespace: str, records: Sequence[ConsumerRecord[Any, Any]]
) -> int:
    """Send records to the topics they came from, as they were, and return how many. Those parked by reference are left.

    Risky by name: nothing but this tool does it.
    """
    prefix = f"{namespace}." if namespace else ""
    sent = [record for record in records if may_be_sent(record)]
    producer = AIOKafkaProducer(**kafka.client(), enable_idempotence=True, max_request_size=12 * 1_048_576)
    await producer.start()
    try:
        for record in sent:
            topic, key, value, headers = _as_it_was(record)
            await producer.send_and_wait(prefix + topic, value, key=key, headers=headers)
    finally:
        await producer.stop()
    return len(sent)


def _as_it_was(
    record: ConsumerRecord[Any, Any],
) -> tuple[str, bytes | None, bytes | None, list[tuple[str, bytes | None]]]:
    facts = facts_of(record)
    first = f"{facts['topic']}|{facts['partition']}|{facts['offset']}".encode()
    headers = [(n, v) for n, v in record.headers if not n.startswith(MARK) and n != REPLAYED]
    value = None if facts.get("tombstone") == "True" else record.value
    key = base64.b64decode(facts["key"]) if "key" in facts else record.key
    return facts["topic"], key, value, [*headers, (REPLAYED, first)]


def place_of(record: ConsumerRecord[Any, Any]) -> str:
    """Return where the record stood, as `topic/partition/offset`. It names records that have no readable id, too."""
    facts = facts_of(record)
    return f"{facts.get('topic')}/{facts.get('partition')}/{facts.get('offset')}"


def chosen(
    records: Sequence[ConsumerRecord[Any, Any]], id: str | None, at: str | None
) -> list[ConsumerRecord[Any, Any]]:
    """Return the records with this event id and from this place; either may be left open."""
    return [r for r in records if id in (None, facts_of(r)["id"]) and at in (None, place_of(r))]


def _printable(text: str) -> str:
    """Return a text of a record with what a terminal would obey written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def show_list(console: Console, records: Sequence[ConsumerRecord[Any, Any]]) -> None:
    """Print a line for each."""
    table = Table(title=f"{len(records)} dead letters", title_justify="left")
    for column in ("parked at", "topic/partition/offset", "id", "type", "reason"):
        table.add_column(column, overflow="fold")
    for record in records:
        f = facts_of(record)
        cells = (f.get("at", ""), place_of(record), f["id"], f["type"], f.get("reason", ""))
        table.add_row(*(Text(_printable(cell)) for cell in cells))
    console.print(table)


def show(console: Console, records: Sequence[ConsumerRecord[Any, Any]]) -> None:
    """Print the headers of each."""
    for record in records:
        for name, value in record.headers:
            text = _printable(f"{name}: {(value or b'').decode(errors='replace')}")
            console.print(text, markup=False, highlight=False)
        console.print(f"({len(record.value or b'')} bytes of value)\n", markup=False)


async def _run(arguments: argparse.Namespace, kafka: KafkaAccess, namespace: str) -> int:
    console = Console()
    records = chosen(await read_all(kafka, namespace, arguments.consumer), arguments.id, arguments.at)
    match arguments.command:
        case "list":
            show_list(console, records)
        case "show":
            show(console, records)
        case "replay" if arguments.dry_run:
            show_list(console, records)
            console.print(f"{len(records)} would be sent again; leave --dry-run out to do it")
        case "replay":
            sent = await publish_without_outbox(kafka, namespace, records)
            console.print(f"{sent} sent again, with the same ids")
            if left := len(records) - sent:
                console.print(f"{left} left: too large to be read; `show` says where in which topic each one stands")
    return 0 if records or (arguments.id is None and arguments.at is None) else 1


def main(given: Sequence[str] | None = None) -> None:
    """Parse the command line and run. Exits with 1 when nothing is as asked for, 2 when Kafka does not answer."""
    parser = argparse.ArgumentParser(prog="ombud-dead-letters", description=__doc__)
    parser.add_argument("command", choices=("list", "show", "replay"))
    parser.add_argument("consumer", choices=sorted({g.consumer for g in groups.ALL}), help="who parked the records")
    parser.add_argument("--id", help="only the event with this id")
    parser.add_argument(
        "--at", metavar="TOPIC/PARTITION/OFFSET", help="only the record that stood there, as `list` shows it"
    )
    parser.add_argument("--dry-run", action="store_true", help="replay: show what would be sent")
    arguments = parser.parse_args(given)
    settings = settings_of("ombud-dead-letters", KafkaSettings)
    try:
        code = asyncio.run(_run(arguments, settings.kafka_access, settings.namespace))
    except (KafkaError, OSError, TimeoutError) as error:
        print(f"Kafka does not answer at the configured address ({type(error).__name__})", file=sys.stderr)
        sys.exit(2)
    sys.exit(code)


if __name__ == "__main__":
    main()
