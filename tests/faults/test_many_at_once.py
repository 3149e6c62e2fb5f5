"""Many who want the same (F28), clients that do not wait (F29), and an issuer that is away or has a new key (F30)."""

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest
from fault_stack import QUICK, Running, running
from proxy import Proxy
from workload import Json, work

from chassis.testing import eventually
from ombud_local.infrastructure import Infrastructure
from ombud_local.issuer import SigningKey

pytestmark = pytest.mark.long

QUESTION = {"text": "Kur ir mans telefons?"}


@pytest.fixture(scope="module")
async def run(infrastructure: Infrastructure, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with running(infrastructure, tmp_path_factory.mktemp("many")) as started:
        second = started.stack.start("messaging", 2, **QUICK)
        await asyncio.to_thread(second.wait_ready)
        yield started


@pytest.fixture(scope="module")
async def case_id(run: Running) -> str:
    (case_id,) = await work(run, 0, 1)
    return case_id


async def write(run: Running, http: httpx.AsyncClient, base: str, case_id: str, key: str) -> httpx.Response:
    """Post one message as the buyer."""
    headers = {"Authorization": f"Bearer {run.stack.token('buyer', 'buy_0')}", "Idempotency-Key": key}
    return await http.post(f"{base}/conversations/{case_id}/messages", json=QUESTION, headers=headers)


async def messages_of(run: Running, case_id: str) -> list[Json]:
    """The messages of a case as events, once everything has come to rest."""
    evidence = await run.at_rest()
    told = [r for r in evidence.records if r.headers.get("ce_type") == "messaging.message_delivered"]
    by_id = {r.id: json.loads(r.value) for r in told}
    return [data for data in by_id.values() if data["case_id"] == case_id]


async def test_a_hundred_writers_on_one_case_are_all_heard(run: Running, case_id: str) -> None:
    """INVARIANT: F28; would break if a conflict between replicas were an error, lost a message or wrote one twice."""
    before = len(await messages_of(run, case_id))
    urls = [run.stack.process("messaging", replica).url for replica in (1, 2)]
    refusals: Counter[int] = Counter()

    async def until_written(n: int) -> str:
        key = uuid.uuid4().hex

        async def written() -> str | None:
            answer = await write(run, http, urls[n % 2], case_id, key)
            if answer.status_code == 201:
                message_id: str = answer.json()["message_id"]
                return message_id
            assert answer.status_code == 503, answer.text
            assert int(answer.headers["Retry-After"]) > 0
            refusals[answer.status_code] += 1
            return None

        return await eventually("a message to be written", written, 60, moving=run.moving)

    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=200)) as http:
        ids = await asyncio.gather(*(until_written(n) for n in range(100)))
    assert len(set(ids)) == 100
    told = await messages_of(run, case_id)
    assert len(told) == before + 100
    assert set(ids) <= {data["message_id"] for data in told}


async def test_clients_that_do_not_wait_for_the_first_answer_have_one_effect(run: Running, case_id: str) -> None:
    """INVARIANT: F29 and I10; would break if a repeat with the same key began the work beside the first."""
    before = len(await messages_of(run, case_id))
    url = run.stack.process("messaging").url
    with Proxy(int(url.rpartition(":")[2])) as proxy:
        proxy.answer_delay_seconds = 2.0
        keys = [uuid.uuid4().hex for _ in range(5)]
        base = f"http://127.0.0.1:{proxy.port}"
        async with httpx.AsyncClient(timeout=0.3) as hasty:
            attempts = [write(run, hasty, base, case_id, key) for key in keys for _ in range(4)]
            outcomes = await asyncio.gather(*attempts, return_exceptions=True)
        assert all(isinstance(o, httpx.TimeoutException) for o in outcomes), "nobody was too hasty"
        proxy.heal()
        async with httpx.AsyncClient(timeout=60) as patient:
            answers = {key: await heard(run, patient, base, case_id, key) for key in keys for _ in range(2)}
            assert {key: await heard(run, patient, base, case_id, key) for key in keys} == answers
    assert len({answer["message_id"] for answer in answers.values()}) == 5
    assert len(await messages_of(run, case_id)) == before + 5


async def heard(run: Running, http: httpx.AsyncClient, base: str, case_id: str, key: str) -> Json:
    """Ask until the first call has ended, and return what it answered."""

    async def answered() -> Json | None:
        answer = await write(run, http, base, case_id, key)
        assert answer.status_code in (201, 409), answer.text
        if answer.status_code == 409:
            assert answer.json()["type"].endswith("command_in_flight"), answer.text
            return None
        told: Json = answer.json()
        return told

    return await eventually("the first call to end", answered, 60)


async def test_one_key_at_two_replicas_at_once_has_one_effect(run: Running, case_id: str) -> None:
    """INVARIANT: I10; would break if only the process that works knew of it, and not the stored answer."""
    before = len(await messages_of(run, case_id))
    urls = [run.stack.process("messaging", replica).url for replica in (1, 2)]
    key = uuid.uuid4().hex
    async with httpx.AsyncClient(timeout=60) as http:
        answers = await asyncio.gather(*(write(run, http, urls[n % 2], case_id, key) for n in range(20)))
    assert {a.status_code for a in answers} <= {201, 409, 503}
    assert len({a.json()["message_id"] for a in answers if a.status_code == 201}) == 1
    assert len(await messages_of(run, case_id)) == before + 1


async def test_an_issuer_that_is_away_is_asked_for_new_keys_alone(run: Running, case_id: str) -> None:
    """INVARIANT: F30; would break if known keys needed the issuer, or a new key a restart of the services.

    Last in this module: it leaves the stack with another key.
    """
    url = f"{run.stack.process('messaging').url}/conversations/{case_id}"
    known = run.stack.token("buyer", "buy_0")

    async def status(token: str) -> int:
        async with httpx.AsyncClient(timeout=20) as http:
            return (await http.get(url, headers={"Authorization": f"Bearer {token}"})).status_code

    assert await status(known) == 200
    run.stack.stop_issuer()
    assert await status(known) == 200, "a key that is known needs nobody"
    run.stack.key = SigningKey.generate()
    new = run.stack.token("buyer", "buy_0")
    assert await status(new) == 503, "nobody can say whether the key is the issuer's"
    await asyncio.to_thread(run.stack.start_issuer)

    async def accepted() -> bool:
        return await status(new) == 200

    await eventually("the new key to be accepted", accepted, 90)

    async def refused() -> bool:
        return await status(known) == 401

    await eventually("the withdrawn key to be refused", refused, 120)
    assert not run.restarts
