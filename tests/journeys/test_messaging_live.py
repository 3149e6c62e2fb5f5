"""Two processes of messaging on one database: live updates, resent messages, the Discussions list, and too much at once."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer

from chassis.testing import eventually
from ombud_contracts import topics
from ombud_contracts.events.sla_monitor import ClockStarted, DeadlineMoved
from ombud_contracts.events.ticketing import CaseOpened
from ombud_local.infrastructure import start_infrastructure
from ombud_local.issuer import mint
from ombud_local.processes import ServiceProcess
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace

Json = dict[str, Any]
BUYER, SELLER, AGENT = ("buyer", "buy_1"), ("seller", "sel_1"), ("agent", "agt_1")
CALM = "Labdien, vai varat pateikt, kad telefons tiks nosūtīts?"
MEGABYTE = 1_048_576


class Town:
    """The stack, and ways to ask its two processes of messaging."""

    def __init__(self, stack: Stack, marketplace: Marketplace, http: httpx.AsyncClient) -> None:
        self.stack = stack
        self.marketplace = marketplace
        self.http = http
        self._tokens: dict[object, str] = {}

    def url(self, replica: int) -> str:
        return self.stack.process("messaging", replica).url

    def headers(self, actor: tuple[str, str], markets: tuple[str, ...] = ()) -> dict[str, str]:
        if (actor, markets) not in self._tokens:
            self._tokens[actor, markets] = self.stack.token(actor[0], actor[1], markets)  # type: ignore[arg-type]
        return {"Authorization": f"Bearer {self._tokens[actor, markets]}"}

    async def get(self, actor: tuple[str, str], path: str, replica: int = 1, **more: Any) -> httpx.Response:
        return await self.http.get(f"{self.url(replica)}{path}", headers=self.headers(actor, **more))

    async def post(
        self, actor: tuple[str, str], path: str, body: Json, replica: int = 1, key: str | None = None
    ) -> httpx.Response:
        headers = {**self.headers(actor), "Idempotency-Key": key or uuid.uuid4().hex}
        return await self.http.post(f"{self.url(replica)}{path}", headers=headers, json=body)

    async def write(self, case_id: str, text: str = CALM, actor: tuple[str, str] = BUYER, replica: int = 1) -> str:
        answer = await self.post(actor, f"/conversations/{case_id}/messages", {"text": text}, replica)
        assert answer.status_code == 201, answer.text
        message_id: str = answer.json()["message_id"]
        return message_id

    async def a_case(self, market: str = "lv") -> str:
        """A case that both processes know."""
        case_id = f"cas_{uuid.uuid4().hex[:12]}"
        await self.marketplace.tell(opened(case_id, market), case_id, market, case_id)
        for replica in (1, 2):

            async def known(replica: int = replica) -> bool:
                return (await self.get(BUYER, f"/conversations/{case_id}", replica)).status_code == 200

            await eventually("the conversation to be there", known, 30)
        return case_id

    async def owe(self, case_id: str, due_by: datetime, market: str = "lv") -> None:
        """Say that the seller must answer, as the SLA monitor would."""
        clock = started(case_id, due_by)
        await self.marketplace.tell(clock, case_id, market, case_id)

    @asynccontextmanager
    async def follow(
        self, actor: tuple[str, str], path: str, replica: int = 1, **headers: str
    ) -> AsyncIterator["Heard"]:
        """Read a stream until the end of the block."""
        heard = Heard()
        asked = {**self.headers(actor), **headers}
        async with self.http.stream("GET", f"{self.url(replica)}{path}", headers=asked) as answer:
            assert answer.status_code == 200, await answer.aread()
            assert answer.headers["content-type"].startswith("text/event-stream")
            reading = asyncio.create_task(heard.read(answer))
            try:
                await heard.until("the stream to open", lambda h: h.place is not None)
                yield heard
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)


class Heard:
    """What came on a stream."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Json]] = []
        self.place: str | None = None
        self.ended = False

    async def read(self, answer: httpx.Response) -> None:
        kind = ""
        try:
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    self.place = value
                elif name == "event":
                    kind = value
                elif name == "data":
                    self.events.append((kind, json.loads(value)))
        except httpx.HTTPError:
            pass
        self.ended = True

    @property
    def messages(self) -> list[tuple[str, str]]:
        return [(m["message_id"], m["status"]) for _, e in self.events for m in e.get("messages", ())]

    async def until(self, what: str, seen: Any) -> None:
        async def probe() -> bool:
            return bool(seen(self))

        await eventually(what, probe, 30)


def opened(case_id: str, market: str) -> CaseOpened:
    return CaseOpened(
        case_id=case_id,
        number=f"LV-{case_id}",
        market=market,
        buyer_id=BUYER[1],
        seller_id=SELLER[1],
        order_id=f"ord_{case_id}",
        line_id="lin_1",
        reason="LATE",
        family="DELIVERY",
        phase="after",
        priority=3,
        priority_reasons=("standard",),
        draft_id="drf_none",
        opened_by="buyer",
        opened_at=datetime.now(UTC),
    )


def started(case_id: str, due_by: datetime) -> ClockStarted:
    return ClockStarted(
        clock_id=f"clk_{case_id}_reply",
        case_id=case_id,
        kind="reply",
        owner="seller",
        round=1,
        started_at=datetime.now(UTC),
        due_by=due_by,
        mode="working_days",
        target_seconds=86_400,
        on_silence="takeover",
        policy_version="reply-1",
        calendar_version="1",
    )


def later(case_id: str, was_due_by: datetime, due_by: datetime) -> DeadlineMoved:
    return DeadlineMoved(
        clock_id=f"clk_{case_id}_reply",
        case_id=case_id,
        kind="reply",
        owner="seller",
        round=1,
        cause="time_credited",
        was_due_by=was_due_by,
        due_by=due_by,
        calendar_version="1",
        trace_before=(),
        trace_after=(),
    )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("live")
    with start_infrastructure(folder, lambda _line: None) as infrastructure, Stack(infrastructure, folder) as prepared:
        prepared.prepare()
        for process in (start(prepared, 1), start(prepared, 2)):
            process.wait_ready()
        yield prepared


def start(stack: Stack, replica: int) -> ServiceProcess:
    return stack.start("messaging", replica, OMBUD_LIVE_CONNECTIONS_PER_PERSON="3")


@pytest.fixture
async def town(stack: Stack) -> AsyncIterator[Town]:
    limits = httpx.Limits(max_connections=None)
    async with (
        httpx.AsyncClient(timeout=60, limits=limits) as http,
        Marketplace(stack.infrastructure.kafka, stack.namespace) as marketplace,
    ):
        yield Town(stack, marketplace, http)


async def test_a_message_resent_to_two_processes_at_once_is_one_message(town: Town) -> None:
    """INVARIANT: section 7; would break if a key were remembered by a process, or after its effect."""
    case_id = await town.a_case()
    path, ids = f"/conversations/{case_id}/messages", set()
    for _ in range(15):
        key = uuid.uuid4().hex
        answers = await asyncio.gather(*(town.post(BUYER, path, {"text": CALM}, r, key) for r in (1, 2, 1, 2)))
        assert {a.status_code for a in answers} <= {201, 409}, "409: the first still runs"
        told = {a.json()["message_id"] for a in answers if a.status_code == 201}
        assert len(told) == 1
        ids |= told
    shown = (await town.get(SELLER, path)).json()["messages"]
    assert {m["message_id"] for m in shown} == ids
    assert len(shown) == 15


@pytest.mark.long
async def test_a_stream_goes_on_at_another_process_when_its_own_is_killed(town: Town, stack: Stack) -> None:
    """INVARIANT: nothing lost, nothing twice, over a kill; would break if a place were kept in memory."""
    case_id = await town.a_case()
    path = f"/conversations/{case_id}/events"
    async with town.follow(SELLER, path, replica=2) as first:
        before = [await town.write(case_id, replica=1) for _ in range(3)]
        await first.until("three messages", lambda h: len(h.messages) == 3)
        stack.process("messaging", 2).kill9()
        await first.until("the stream to break", lambda h: h.ended)
    meanwhile = [await town.write(case_id, replica=1) for _ in range(2)]
    assert first.place is not None
    async with town.follow(SELLER, path, replica=1, **{"Last-Event-ID": first.place}) as second:
        after = [await town.write(case_id, replica=1)]
        await second.until("what came meanwhile", lambda h: len(h.messages) == 3)
    assert [m for m, _ in first.messages + second.messages] == before + meanwhile + after
    await asyncio.to_thread(start(stack, 2).wait_ready)


async def test_what_becomes_of_locks_and_deadlines_is_heard_by_both_sides(town: Town) -> None:
    case_id = await town.a_case()
    path = f"/conversations/{case_id}"
    async with town.follow(BUYER, f"{path}/events", 1) as buyer, town.follow(SELLER, f"{path}/events", 2) as seller:
        due_by = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=24)
        await town.owe(case_id, due_by)
        for heard in (buyer, seller):
            await heard.until("the deadline", lambda h: len(h.events) == 2)
        assert (await town.get(BUYER, path)).json()["reply_due_by"] == due_by.isoformat().replace("+00:00", "Z")
        moved = due_by + timedelta(hours=1)
        await town.marketplace.tell(later(case_id, due_by, moved), case_id, "lv", case_id)
        for heard in (buyer, seller):
            await heard.until("the deadline to move", lambda h: len(h.events) == 3)
        assert all(e["conversation"] for h in (buyer, seller) for _, e in h.events[1:])


async def test_a_stream_ends_with_its_token(town: Town, stack: Stack) -> None:
    """INVARIANT: would break if a token were asked for at the beginning alone."""
    case_id = await town.a_case()
    token = mint(stack.key, issuer=stack.issuer_url, role="seller", subject=SELLER[1], valid_seconds=3)
    short = {"Authorization": f"Bearer {token}"}
    async with town.follow(SELLER, f"/conversations/{case_id}/events", 1, **short) as heard:

        async def refused() -> bool:
            return (await town.http.get(f"{town.url(1)}/discussions", headers=short)).status_code == 401

        await eventually("the token to expire", refused)
        await town.write(case_id)
        await heard.until("the stream to end", lambda h: h.ended)
        assert heard.messages == []


async def test_streams_are_for_parties_and_so_many_for_each(town: Town) -> None:
    case_id = await town.a_case()
    path = f"/conversations/{case_id}/events"
    for foreigner in (("buyer", "buy_other"), ("seller", "sel_other")):
        assert (await town.get(foreigner, path)).status_code == 404
    assert (await town.get(AGENT, path, markets=("pt",))).status_code == 404
    async with town.follow(BUYER, path), town.follow(BUYER, path), town.follow(BUYER, path):
        refused = await town.get(BUYER, path)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
        assert refused.json()["type"] == "urn:ombud:problem:too_many_streams"

    async def free() -> bool:
        async with town.http.stream("GET", f"{town.url(1)}{path}", headers=town.headers(BUYER)) as answer:
            return answer.status_code == 200

    await eventually("seats to be given back", free)


@pytest.mark.long
async def test_a_thousand_requests_at_one_conversation_are_a_thousand_messages_and_bounded_memory(town: Town) -> None:
    """INVARIANT: would break if the queue at a conversation had no end, or if one sent away left something behind."""
    case_id = await town.a_case()
    path = f"/conversations/{case_id}/messages"
    before = peak_bytes(town.stack.process("messaging", 1))

    async def until_written() -> str:
        key = uuid.uuid4().hex

        async def written() -> str | None:
            answer = await town.post(BUYER, path, {"text": CALM}, 1, key)
            assert answer.status_code in (201, 409, 503), answer.text  # 503: the queue is full, come again
            return answer.json()["message_id"] if answer.status_code == 201 else None

        return await eventually("the message to be written", written, 120)

    assert len(set(await asyncio.gather(*(until_written() for _ in range(1000))))) == 1000
    assert (await town.get(SELLER, path)).json()["messages"][0]["position"] == 1000
    assert peak_bytes(town.stack.process("messaging", 1)) - before < 150 * MEGABYTE


def peak_bytes(process: ServiceProcess) -> int:
    """The most memory that a process ever had (Linux)."""
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


@pytest.mark.parametrize("text", ["a" * 100_000, "+371 " * 20_000, "(" * 100_000, "@." * 50_000], ids=len)
async def test_a_text_that_is_far_too_long_is_refused_and_not_repeated(town: Town, text: str) -> None:
    case_id = await town.a_case()
    for path in (f"/conversations/{case_id}/messages", "/drafts"):
        body = {"text": text} | ({"market": "lv"} if path == "/drafts" else {})
        answer = await town.post(BUYER, path, body)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.content) < 1_000


@pytest.mark.rule("R-06")
async def test_the_list_is_sorted_paged_and_shows_what_is_unread(town: Town) -> None:
    """R-06."""
    seller = ("seller", f"sel_{uuid.uuid4().hex[:8]}")
    now = datetime.now(UTC).replace(microsecond=0)
    cases = []
    for hours in (3, 1, 2):
        case_id = f"cas_{uuid.uuid4().hex[:12]}"
        event = opened(case_id, "lv").model_copy(update={"seller_id": seller[1]})
        await town.marketplace.tell(event, case_id, "lv", case_id)
        await town.owe(case_id, now + timedelta(hours=hours))
        cases.append(case_id)

    async def listed() -> list[Json] | None:
        owed = (await town.get(AGENT, f"/discussions?seller_id={seller[1]}")).json()["owed"]
        return owed if len(owed) == 3 else None

    await eventually("three replies to be owed", listed, 30)
    sorted_cases = [cases[1], cases[2], cases[0]]
    await town.write(sorted_cases[0])
    first = (await town.get(seller, "/discussions?limit=2")).json()
    assert [o["case_id"] for o in first["owed"]] == sorted_cases[:2]
    assert [o["unread"] for o in first["owed"]] == [1, 0]
    assert 0 < first["owed"][0]["seconds_left"] <= 3600
    assert first["last_checked_at"] is None
    second = (await town.get(seller, f"/discussions?limit=2&cursor={first['next_cursor']}")).json()
    assert ([o["case_id"] for o in second["owed"]], second["next_cursor"]) == (sorted_cases[2:], None)
    assert (await town.get(seller, "/discussions")).json()["last_checked_at"] is not None
    for other in (("seller", "sel_other"), BUYER):
        assert (await town.get(other, f"/discussions?seller_id={seller[1]}")).status_code == 404
    assert (await town.get(AGENT, f"/discussions?seller_id={seller[1]}", markets=("pt",))).json()["owed"] == []
    marks = f"/conversations/{sorted_cases[0]}/read-marks"
    for replica, asked, position, unread in ((1, 99, 1, 0), (2, 0, 1, 0), (1, 1, 1, 0)):
        mark = (await town.post(seller, marks, {"position": asked}, replica)).json()
        assert (mark["position"], mark["unread"]) == (position, unread)
    assert (await town.get(seller, "/discussions")).json()["owed"][0]["unread"] == 0
    assert await check_ins_told(town, seller[1]) == 1


async def check_ins_told(town: Town, seller_id: str) -> int:
    """How often others heard of a seller's check-ins."""
    topic = f"{town.stack.namespace}.{topics.DISCUSSIONS}"
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=town.stack.infrastructure.kafka, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    told = 0

    async def heard() -> bool:
        nonlocal told
        for records in (await consumer.getmany(timeout_ms=500)).values():
            told += sum(json.loads(r.value)["seller_id"] == seller_id for r in records if r.value)
        return told > 0

    try:
        await eventually("the check-in to be told", heard)
    finally:
        await consumer.stop()
    return told


async def test_a_seller_hears_that_the_list_is_another(town: Town) -> None:
    seller = ("seller", f"sel_{uuid.uuid4().hex[:8]}")
    case_id = f"cas_{uuid.uuid4().hex[:12]}"
    async with town.follow(seller, "/discussions/events", 2) as heard:
        await heard.until("the list", lambda h: len(h.events) == 2)
        assert heard.events[1] == ("discussions", {"owed": 0, "next_due_by": None})
        event = opened(case_id, "lv").model_copy(update={"seller_id": seller[1]})
        await town.marketplace.tell(event, case_id, "lv", case_id)
        await town.owe(case_id, datetime.now(UTC) + timedelta(hours=1))
        await heard.until("what is owed", lambda h: len(h.events) == 3)
        assert heard.events[2][1]["owed"] == 1
        place = heard.place
    assert place is not None
    async with town.follow(seller, "/discussions/events", 1, **{"Last-Event-ID": place}) as again:
        await town.owe(case_id, datetime.now(UTC) + timedelta(hours=2))
        await again.until("a later deadline", lambda h: len(h.events) == 2)
        assert again.place != place
