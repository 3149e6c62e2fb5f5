"""Live updates: nothing lost, nothing twice, on whichever replica; nobody hears of what they may not see; bounded in all."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
import pytest
from messaging_situations import DUE, EMPTY, HELD, LATER, LOCK_TAKEN_OVER, UNLOCK_TAKEN_OVER, post
from messaging_threads import CASE, a_message, a_thread, profiled, tell

from chassis.aggregate import Cause, Session
from chassis.auth import NotVisible, Unauthenticated
from chassis.event_stream import Reading, Update, updates
from chassis.live import next_update
from chassis.mongo import Mongo
from chassis.testing import FixedClock, eventually
from messaging.attachments.settings import MessagingSettings
from messaging.conversations.domain.command import PostMessage, ReadOriginal, ReleaseMessage
from messaging.conversations.store import reader
from messaging.discussions.store import OWED, ListOf
from messaging.live.following import Live, next_changes
from messaging.live.store import MOST_CHANGES, Standing, owed_list, standings

SELLER, BUYER, AGENT = reader("seller", "sel_1"), reader("buyer", "buy_1"), reader("agent", "agt_1")
MEDIATOR = reader("mediator", "med_1")
Json = dict[str, Any]
FOR_GOOD = 600.0


async def allowed(_seen: object) -> None:
    """Whoever listens in these tests may."""


class Replica:
    """A process of messaging, as far as live updates go."""

    def __init__(self, mongo: Mongo) -> None:
        settings = MessagingSettings(kafka="none", mongo="mongodb://none", oidc_issuer="http://none", env="local")
        self.live = Live(mongo, settings, FixedClock())
        self.stopping = asyncio.Event()

    @asynccontextmanager
    async def follow(
        self, who: str, after: int | None = None, may: Callable[[Standing], Awaitable[None]] = allowed
    ) -> AsyncGenerator["Client", None]:
        """Listen to the conversation from a place on, or from now."""
        watch = self.live.conversations
        with watch.listening(CASE) as watched:
            now = await watch.look_at(CASE)
            assert now is not None
            opening = Update(str(now.changes if after is None else after), "open", {})
            reading = Reading(opening, partial(next_changes, self.live.store, watched, who), may)
            client = Client(updates(watched, reading, FOR_GOOD, self.stopping))
            listening = asyncio.create_task(client.listen())
            try:
                yield client
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)


class Client:
    """Reads a stream as a browser does."""

    def __init__(self, stream: AsyncGenerator[bytes, None]) -> None:
        self.heard: list[Json] = []
        self.position = -1
        self.ended = False
        self._stream = stream

    async def listen(self) -> None:
        async for chunk in self._stream:
            for block in chunk.decode().split("\n\n"):
                self._take(dict(line.split(": ", 1) for line in block.splitlines() if ": " in line))
        self.ended = True

    def _take(self, event: dict[str, str]) -> None:
        if "id" in event:
            self.position = int(event["id"])
        if event.get("event") == "changes":
            self.heard.append(orjson.loads(event["data"]))

    @property
    def messages(self) -> list[tuple[str, str]]:
        return [(m["message_id"], m["status"]) for update in self.heard for m in update["messages"]]

    async def hears_at_least(self, count: int) -> None:
        async def heard() -> bool:
            return len(self.messages) >= count

        await eventually(f"{count} messages to be heard", heard)

    async def hears(self, *expected: tuple[str, str]) -> None:
        async def heard() -> bool:
            return self.messages == list(expected)

        await eventually(f"{expected} to be heard", heard)


@pytest.fixture
async def replicas(mongo: Mongo) -> AsyncGenerator[list[Replica], None]:
    await tell(mongo, EMPTY)
    both = [Replica(mongo), Replica(mongo)]
    running = [asyncio.create_task(r.live.run(r.stopping)) for r in both]
    yield both
    for replica in both:
        replica.stopping.set()
    await asyncio.gather(*running)


async def test_a_message_is_heard_by_those_who_see_it(mongo: Mongo, replicas: list[Replica]) -> None:
    """INVARIANT: section 7; would break if a note, or that there is one, reached a party."""
    one, _ = replicas
    async with one.follow(SELLER) as seller, one.follow(BUYER) as buyer, one.follow(AGENT) as agent:
        note = post("note", "agent", audience="internal")
        await tell(mongo, note)
        await agent.hears(("note", "DELIVERED"))
        await tell(mongo, post("held", "seller", HELD))
        await agent.hears(("note", "DELIVERED"), ("held", "HELD"))
        await tell(mongo, post("last", "buyer"))
        await seller.hears(("held", "HELD"), ("last", "DELIVERED"))
        await buyer.hears(("last", "DELIVERED"))
        await agent.hears(("note", "DELIVERED"), ("held", "HELD"), ("last", "DELIVERED"))
        assert [len(c.heard) for c in (seller, buyer, agent)] == [2, 1, 3], "a silent update is told all the same"


async def test_what_is_for_the_mediator_only_is_heard_by_mediators_and_its_author(
    mongo: Mongo, replicas: list[Replica]
) -> None:
    """INVARIANT: section 8; would break if all of the platform's people were one reader."""
    one, _ = replicas
    async with one.follow(SELLER) as seller, one.follow(MEDIATOR) as mediator, one.follow(AGENT) as agent:
        await tell(mongo, post("note", "seller", audience="mediator"))
        await mediator.hears(("note", "DELIVERED"))
        await seller.hears(("note", "DELIVERED"))
        await tell(mongo, post("last", "buyer"))
        await mediator.hears(("note", "DELIVERED"), ("last", "DELIVERED"))
        await seller.hears(("note", "DELIVERED"), ("last", "DELIVERED"))
        await agent.hears(("last", "DELIVERED"))
        assert [len(c.heard) for c in (mediator, seller, agent)] == [2, 2, 1], (
            "not even a silent update says that there is one"
        )


async def test_a_change_of_a_message_or_a_lock_is_heard(mongo: Mongo, replicas: list[Replica]) -> None:
    one, other = replicas
    await tell(mongo, post("held", "seller", HELD))
    async with one.follow(BUYER) as buyer, other.follow(SELLER) as seller:
        await tell(mongo, ReleaseMessage("held", LATER))
        await buyer.hears(("held", "DELIVERED"))
        await seller.hears(("held", "DELIVERED"))
        for heard, command in enumerate((LOCK_TAKEN_OVER, DUE, UNLOCK_TAKEN_OVER), start=2):
            await tell(mongo, command)

            async def both(count: int = heard) -> bool:
                return len(buyer.heard) == len(seller.heard) == count

            await eventually(f"{type(command).__name__} to be heard by both sides", both)
        assert [u["conversation"] for u in buyer.heard[1:]] == [True] * 3
        await tell(mongo, ReadOriginal("held", "dispute", LATER), post("end", "buyer"))
        await buyer.hears(("held", "DELIVERED"), ("end", "DELIVERED"))


async def test_a_reading_of_an_original_is_told_to_no_party(mongo: Mongo, replicas: list[Replica]) -> None:
    one, _ = replicas
    await tell(mongo, post("msg", "seller"))
    async with one.follow(SELLER) as seller, one.follow(AGENT) as agent:
        await tell(mongo, ReadOriginal("msg", "dispute", LATER))
        await tell(mongo, post("end", "buyer"))
        await seller.hears(("end", "DELIVERED"))
        assert len(seller.heard) == 1
        await agent.hears(("end", "DELIVERED"))


def for_seller(message: PostMessage) -> bool:
    """The rule in other words: what was delivered in the thread, and what the seller wrote."""
    written = message.letter
    delivered = written.audience == "thread" and written.checked.verdict == "deliver"
    return delivered or written.author_role == "seller"


@pytest.mark.parametrize("seed", range(4))
async def test_a_client_that_comes_and_goes_between_replicas_misses_nothing_and_hears_nothing_twice(
    mongo: Mongo, replicas: list[Replica], seed: int
) -> None:
    """INVARIANT: would break if a place were kept in a process, or two facts could share one."""
    dice, place, heard = random.Random(seed), 0, []
    sent = [a_message(n) for n in range(60)]
    visible = [m.letter.message_id for m in sent if for_seller(m)]
    written = 0
    while written < len(sent) or len(heard) < len(visible):
        async with dice.choice(replicas).follow(SELLER, after=place) as client:
            for message in sent[written : written + dice.randint(0, 4)]:
                await tell(mongo, message)
                written += 1
                for replica in replicas:
                    replica.live.conversations.ring(CASE)
            waiting = sum(map(for_seller, sent[:written])) - len(heard)
            await client.hears_at_least(min(waiting, dice.randint(0, 3)))
        heard += [id for id, _ in client.messages]
        assert client.position >= place or client.position == -1, "a client went back"
        place = max(place, client.position)
    assert heard == visible


async def test_who_was_away_for_long_gets_it_in_several_updates(mongo: Mongo) -> None:
    await a_thread(mongo, 3 * MOST_CHANGES)
    replica = Replica(mongo)
    async with replica.follow(AGENT, after=0) as agent:

        async def all_heard() -> bool:
            return len(agent.messages) == 3 * MOST_CHANGES

        await eventually("the whole thread", all_heard)
        assert max(len(u["messages"]) for u in agent.heard) == MOST_CHANGES
        assert len({m for m, _ in agent.messages}) == 3 * MOST_CHANGES
    replica.stopping.set()


async def test_a_thousand_connections_on_one_conversation_ask_the_database_as_often_as_one(
    mongo: Mongo, replicas: list[Replica]
) -> None:
    """INVARIANT: would break if a connection asked for itself."""
    one, _ = replicas
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(one.follow(SELLER)) for _ in range(1000)]
        async with profiled(mongo, "messages") as queries:
            for n in range(3):
                await tell(mongo, post(f"msg_{n}", "buyer"))

                async def all_heard(count: int = n + 1) -> bool:
                    return all(len(c.messages) == count for c in clients)

                await eventually("all to hear", all_heard)
        assert len(queries) == 3


async def test_a_stream_ends_when_its_token_does_or_its_reader_may_see_it_no_longer(
    mongo: Mongo, replicas: list[Replica]
) -> None:
    """INVARIANT: would break if who may read were asked once, at the beginning."""
    one, _ = replicas
    for refusal in (Unauthenticated, NotVisible):
        over = asyncio.Event()

        async def still(_seen: Standing, over: asyncio.Event = over, refusal: type[Exception] = refusal) -> None:
            if over.is_set():
                raise refusal

        async with one.follow(SELLER, may=still) as client:
            await tell(mongo, post(f"before_{refusal.__name__}", "buyer"))
            await client.hears((f"before_{refusal.__name__}", "DELIVERED"))
            over.set()
            await tell(mongo, post(f"after_{refusal.__name__}", "buyer"))

            async def ended(client: Client = client) -> bool:
                return client.ended

            await eventually("the stream to end", ended)
            assert client.messages == [(f"before_{refusal.__name__}", "DELIVERED")]


async def test_a_process_that_stops_ends_its_streams_at_once(mongo: Mongo) -> None:
    await tell(mongo, EMPTY)
    replica = Replica(mongo)
    running = asyncio.create_task(replica.live.run(replica.stopping))
    async with replica.follow(SELLER) as client:
        replica.stopping.set()
        await running

        async def ended() -> bool:
            return client.ended

        await eventually("the stream to end", ended)
        assert client.messages == []


async def test_a_sellers_list_is_told_when_it_is_another_than_before_wherever_that_was_heard(mongo: Mongo) -> None:
    """INVARIANT: would break if the mark depended on anything but the list."""
    row = {"seller_id": "sel_1", "case_id": "c", "market": "lv", "due_by": LATER, "breached": False, "owed": True}

    async def write(id: str, **changed: Any) -> None:
        await mongo.take(OWED, id, [{"$set": {**row, **changed}}])

    async def mark(markets: tuple[str, ...] | None = None) -> Update | None:
        unit = Session(mongo, FixedClock()).unit(Cause("test", "test"))
        return await next_update("discussions", await owed_list(unit, ListOf("sel_1", markets)), "")

    marks = [await mark()]
    await write("a")
    marks.append(await mark())
    await write("b", due_by=LATER - timedelta(hours=1))
    marks.append(await mark())
    await write("b", due_by=LATER - timedelta(hours=1), breached=True)
    marks.append(await mark())
    await write("b", due_by=LATER + timedelta(hours=1), breached=True)
    marks.append(await mark())
    assert len({m.position for m in marks if m}) == 5
    assert await mark() == marks[-1]
    await write("c", market="pt")
    assert await mark(("lv",)) == marks[-1]
    assert marks[-1] is not None
    assert marks[-1].data == {"owed": 2, "next_due_by": LATER.isoformat()}


async def test_conversations_from_before_facts_were_counted_stand_at_nought(mongo: Mongo) -> None:
    await tell(mongo, EMPTY)
    await mongo.change("conversations", {}, [{"$unset": ["changes", "standing_change"]}])
    assert (await standings(mongo, [CASE]))[CASE].changes == 0
