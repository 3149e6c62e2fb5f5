"""A seller who leads contacts off the platform again and again, over Kafka: messaging's ladder, ticketing's proposal, both undone."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis.testing import eventually
from ombud_local.infrastructure import start_infrastructure
from ombud_local.stack import Stack
from ombud_local.story.marketplace import Marketplace
from ombud_local.story.truth import Record
from ombud_local.story.world import World

LEAK = "Zvaniet man uz +371 29 123 456, tur vienosimies."
FINE = "Sūtījums ir ceļā, un rīt to piegādās kurjers."
Json = dict[str, Any]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("off-platform")
    with start_infrastructure(folder, lambda _line: None) as infrastructure, Stack(infrastructure, folder) as started:
        started.prepare()
        started.start_all(["ticketing", "messaging"])
        yield started


async def test_the_last_step_proposes_a_takeover_with_its_facts_and_a_reversal_undoes_everything(stack: Stack) -> None:
    """INVARIANT: section 7; would break if a step, a proposal or a waiting message outlived the breaches it came from."""
    urls = {p.service: p.url for p in stack.processes}
    async with (
        httpx.AsyncClient(timeout=20) as http,
        Marketplace(stack.infrastructure.kafka, stack.namespace) as marketplace,
    ):
        world = World(urls, stack.token, marketplace, Record(), http)
        buyer = world.person("buyer", "buy_1")
        bought = await marketplace.sell("lv", "buy_1", "sel_1", "Telefons")
        case = (await world.open_case(buyer, bought, "LATE", "Kur ir mans telefons?"))["case_id"]
        await world.thread(buyer, case)

        async def ask(role: Any, id: str, service: str, path: str, body: object = None) -> Json:
            headers = {"Authorization": f"Bearer {stack.token(role, id)}", "Idempotency-Key": uuid.uuid4().hex}
            answer = await http.request("POST" if body else "GET", f"{urls[service]}{path}", headers=headers, json=body)
            assert answer.status_code < 300, answer.text
            return {"answer": answer.json()}

        async def takeover_that_is(status: str) -> Json:
            async def found() -> Json | None:
                takeovers = (await ask("agent", "agt_1", "ticketing", f"/cases/{case}/takeovers"))["answer"]
                return next((t for t in takeovers if t["status"] == status), None)

            return await eventually(f"a takeover to be {status}", found)

        path = f"/conversations/{case}/messages"
        posted = [(await ask("seller", "sel_1", "messaging", path, {"text": LEAK}))["answer"] for _ in range(4)]
        held = (await ask("seller", "sel_1", "messaging", path, {"text": FINE}))["answer"]
        assert ([p["standing"]["step"] for p in posted], held["status"]) == (
            ["educate", "warn", "hold_all", "takeover"],
            "HELD",
        )
        proposed = await takeover_that_is("PROPOSED")
        assert (proposed["trigger"], len(proposed["facts"])) == ("T7", 4)
        reversal = f"/sanctions/{held['standing']['sanction_id']}/reversal"
        await ask("supervisor", "sup_1", "messaging", reversal, {"reasons": ["courier_named"]})
        assert (await takeover_that_is("DECLINED"))["takeover_id"] == proposed["takeover_id"]
        seen = await world.thread(buyer, case, at_least=2)
        assert held["message_id"] in {m["message_id"] for m in seen}
