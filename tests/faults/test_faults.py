"""Faults on real processes: real kill -9, real brokers, judged by the offline checker (F1 to F5, F11, F14, F15, F26)."""

import asyncio
import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from evidence import SERVICES, Evidence
from fault_stack import Running, running
from workload import work

from chassis.testing import eventually
from ombud_contracts import topics
from ombud_local.infrastructure import Infrastructure, start_infrastructure

CASES = 6
Sound = Callable[[Evidence], None]


KILLS = {
    "F1 before the commit": "commit.before=kill@4",
    "F2 after the commit, before publishing": "commit.after=kill@4",
    "F3 after publishing, before forgetting": "outbox.after_publish=kill@1",
    "F4 after the effect, before the offset": "consumer.before_ack=kill@3",
}

MARKS = {"F1": (), "F3": (pytest.mark.long, pytest.mark.on_demand)}


@pytest.mark.parametrize(
    "failpoint",
    [pytest.param(place, id=name, marks=MARKS.get(name[:2], pytest.mark.long)) for name, place in KILLS.items()],
)
async def test_every_service_killed_at_the_same_place(
    failpoint: str, infrastructure: Infrastructure, tmp_path: Path, expect_sound: Sound
) -> None:
    """INVARIANT: I1 to I9 hold after kill -9; would break if effect, events and cause could be torn apart."""
    extra = {service: {"OMBUD_FAILPOINT": failpoint} for service in SERVICES}
    async with running(infrastructure, tmp_path, extra) as run:
        cases = await work(run, 0, CASES)
        evidence = await run.at_rest()
        skipped = {service: await run.counted(service, "ombud_consumer_skipped_total") for service in SERVICES}
    assert set(run.restarts) == set(SERVICES), "a service was not killed: the fault did not happen"
    if "before_ack" in failpoint:
        assert all(skipped.values()), f"what had taken effect did not come again: {skipped}"
    assert len(set(cases)) == CASES
    expect_sound(evidence)
    refunds = [e for e in evidence.databases["billing"]["ledger_entries"] if e["_id"].startswith("ent_rfd")]
    assert sum(p["amount_minor"] for e in refunds for p in e["postings"] if p["amount_minor"] > 0) == sum(
        700 + n for n in range(CASES)
    )


@pytest.mark.long
async def test_killed_before_the_response_the_retry_hears_the_stored_answer(
    infrastructure: Infrastructure, tmp_path: Path, expect_sound: Sound
) -> None:
    """INVARIANT: F5 and I10; would break if the answer were not stored in the transaction of its effect."""
    extra = {s: {"OMBUD_FAILPOINT": "http.before_response=kill@2"} for s in ("ticketing", "messaging", "disputes")}
    async with running(infrastructure, tmp_path, extra) as run:
        cases = await work(run, 0, CASES)
        assert set(run.restarts) == set(extra)
        for number, intent in enumerate(run.client.opened):
            await run.client.repeat("buyer", "ticketing", intent)
            assert len(set(intent.answers)) == 1, f"case {number} heard two answers"
        evidence = await run.at_rest()
    assert len({d["_id"] for d in evidence.databases["ticketing"]["cases"]}) == len(cases)
    expect_sound(evidence)


@pytest.mark.long
async def test_everything_delivered_again_changes_nothing(
    infrastructure: Infrastructure, tmp_path: Path, expect_sound: Sound
) -> None:
    """INVARIANT: F11 and I5; would break if the inbox forgot, or an effect did not look at it."""
    async with running(infrastructure, tmp_path) as run:
        await work(run, 0, CASES)
        before = await run.at_rest()
        producer = AIOKafkaProducer(bootstrap_servers=infrastructure.kafka, enable_idempotence=True)
        await producer.start()
        for record in before.records * 2:
            headers = [(name, value.encode()) for name, value in record.headers.items()]
            topic = f"{run.stack.namespace}.{record.topic}"
            await producer.send(topic, record.value, key=record.key.encode(), headers=headers)
        await producer.stop()
        after = await run.at_rest()
    assert len(after.records) >= 3 * len(before.records)
    own = [{r.id for r in e.records if not r.topic.startswith("marketplace.")} for e in (before, after)]
    assert own[0] == own[1], "a repeat was answered with new events"
    expect_sound(after)
    for service in SERVICES:
        for name, documents in before.databases[service].items():
            if name not in ("leases", "lease_members", "progress"):  # who works where, not what happened
                assert after.databases[service][name] == documents, f"{service}.{name} changed"


BROKEN: list[tuple[bytes | None, list[tuple[str, bytes]]]] = [
    (
        b"not json",
        [
            ("ce_specversion", b"1.0"),
            ("ce_id", b"x1"),
            ("ce_type", b"marketplace.order_placed"),
            ("ce_time", b"2026-01-01T00:00:00Z"),
        ],
    ),
    (
        b"{}",
        [("ce_specversion", b"1.0"), ("ce_type", b"marketplace.order_placed"), ("ce_time", b"2026-01-01T00:00:00Z")],
    ),
    (
        b'{"order_id": 5}',
        [
            ("ce_specversion", b"1.0"),
            ("ce_id", b"x2"),
            ("ce_type", b"marketplace.order_placed"),
            ("ce_time", b"2026-01-01T00:00:00Z"),
        ],
    ),
    (None, [("ce_id", b"x3")]),
    (b"x" * 5_000_000, [("ce_id", b"x4")]),
    (b"{}", [("ce_id", b"\xff\xfe")]),
]
UNKNOWN = [
    ("ce_specversion", b"1.0"),
    ("ce_id", b"x9"),
    ("ce_type", b"marketplace.drone_landed"),
    ("ce_time", b"2026-01-01T00:00:00Z"),
]


@pytest.mark.long
async def test_broken_records_are_parked_unknown_types_ignored_and_others_flow(
    infrastructure: Infrastructure, tmp_path: Path
) -> None:
    """INVARIANT: F14, F15 and I8; would break if a bad record stopped its partition or vanished."""
    async with running(infrastructure, tmp_path) as run:
        producer = AIOKafkaProducer(bootstrap_servers=infrastructure.kafka, max_request_size=12_000_000)
        await producer.start()
        for value, headers in [*BROKEN, (b"{}", UNKNOWN)]:
            topic = f"{run.stack.namespace}.{topics.ORDERS}"
            await producer.send_and_wait(topic, value, key=b"ord_broken", headers=headers)
        await producer.stop()
        await work(run, 0, 3)
        evidence = await run.at_rest()
    for service in ("ticketing", "disputes", "billing"):
        parked = evidence.databases[service]["parked"]
        assert len(parked) == len(BROKEN), f"{service} parked {[p['reason'] for p in parked]}"
        assert all(p["reason"] for p in parked)
        assert "x9" not in {d["_id"] for d in evidence.databases[service]["inbox"]}
    assert not run.restarts, "a bad record brought a process down"


@pytest.mark.long
@pytest.mark.parametrize("stops", [10, pytest.param(50, marks=pytest.mark.on_demand)])
async def test_sigterm_under_load_exits_with_0_and_repeats_nothing(
    stops: int, infrastructure: Infrastructure, tmp_path: Path, expect_sound: Sound
) -> None:
    """INVARIANT: F26; would break if a batch in flight were abandoned, or offsets left uncommitted, at a stop."""
    async with running(infrastructure, tmp_path) as run:
        load = asyncio.create_task(work(run, 0, CASES * stops // 10))
        for service in (SERVICES * stops)[:stops]:
            process = run.stack.process(service)
            await asyncio.to_thread(process.wait_ready)
            process.ask_to_stop()
            code = await asyncio.to_thread(process.wait_exit, 45)  # a pod's grace period
            assert code == 0, f"{service} ended with {signal.Signals(-code).name if code < 0 else code}"

            async def again(name: str = service, old: object = process) -> bool:
                return run.stack.process(name) is not old

            await eventually(f"{service} to be started again", again, 60)
        await load
        evidence = await run.at_rest()
    expect_sound(evidence)


@pytest.mark.long
async def test_the_broker_killed_and_restarted_loses_nothing(tmp_path: Path, expect_sound: Sound) -> None:
    """INVARIANT: F7; would break if commands needed the broker, or the outbox gave up on it."""
    with start_infrastructure(tmp_path / "own", lambda _line: None, provider="native") as own:
        async with running(own, tmp_path) as run:
            cases = await work(run, 0, 2)
            own.kill_kafka()
            drafts = {"text": "Kur ir mans telefons?", "market": "lv"}
            kept = [await run.client.post("buyer", f"buy_x{n}", "messaging", "/drafts", drafts) for n in range(3)]
            assert len({d["draft_id"] for d in kept}) == 3, "a command was refused while the broker was away"
            told = [await answer_again(run, number, case) for number, case in enumerate(cases)]
            own.restart_kafka()
            await work(run, 0, CASES)
            evidence = await run.at_rest()
    delivered = [r for r in evidence.records if r.headers.get("ce_type") == "messaging.message_delivered"]
    assert {json.loads(r.value)["message_id"] for r in delivered} >= set(told), "what was told meanwhile is gone"
    expect_sound(evidence)


async def answer_again(run: Running, number: int, case_id: str) -> str:
    """Let the seller of a case write once more, and return the message's id."""
    reply = {"text": "Es piezvanīju kurjeram, sūtījums jau ir Rīgā."}
    path = f"/conversations/{case_id}/messages"
    posted = await run.client.post("seller", f"sel_{number % 3}", "messaging", path, reply)
    message_id: str = posted["message_id"]
    return message_id
