"""Runs the simulated marketplace: `make simulate SEED=7 STEPS=100000`. A finding names its seed, which replays it exactly."""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve()
for _folder in (
    _HERE.parent,
    _HERE.parents[1] / "faults",
    *(_HERE.parents[2] / "services" / s / "tests" for s in ("ticketing", "messaging", "disputes", "billing")),
):
    sys.path.insert(0, str(_folder))

from checker import violations  # noqa: E402 - the folders above
from five_services import MARKETS, fire, marketplace_of  # noqa: E402
from people import People  # noqa: E402
from people_of_cases import PAID_MINOR, SELLERS  # noqa: E402
from reversals import payouts_that_do_not_add_up, undone_in_part_or_twice  # noqa: E402
from told import told_in  # noqa: E402
from world import Crash, Node, World  # noqa: E402

from disputes.disputes.domain import Stage  # noqa: E402
from disputes.disputes.store import DISPUTES  # noqa: E402
from sla_monitor.clocks.store import CLOCKS  # noqa: E402

EPISODE_STEPS = 3_000
"""After so many steps faults end, everything comes to rest, and the checker looks."""
_ROUNDS_TO_REST = 20_000
MOST_GOODWILL = 5_000
"""What a mediator gives in a case; nobody in the simulation gives more."""


async def episode(seed: int, steps: int, kind: type[World] = World) -> tuple[World, list[str]]:
    """Play one marketplace, bring it to rest, and return it with what is wrong."""
    world = marketplace_of(seed, kind)
    people = People(world)
    for _ in range(steps):
        await step(world, people)
    while people.orders < len(people.cases):
        await people.buy()  # what was ordered is told in the end
    await come_to_rest(world)
    for seller in SELLERS:  # the last run pays back what an earlier one took
        people.run_payouts_of(seller, world.clock())
    await come_to_rest(world)
    return world, [*violations(world.evidence()), *disagreements(world)]


async def step(world: World, people: People) -> None:
    """Do one random thing: somebody acts, a service works, or time passes."""
    random = world.dice.random
    kind = random.random()
    node = random.choice(list(world.nodes.values()))
    if kind < 0.3:
        await people.do_something()
    elif kind < 0.55:
        await world.relay(node)
    elif kind < 0.88:
        await world.consume(node)
    elif kind < 0.94 and node.waiting:
        await _looked(world, node)
    else:
        world.pass_time(minutes=random.choice([1, 7, 60, 300]))
        await fire(world)


async def _looked(world: World, node: Node) -> None:
    try:
        await world.look(node, world.dice.random.choice(list(node.waiting)))
    except Crash:
        world.taken["crash"] += 1


async def come_to_rest(world: World) -> None:
    """Let everything flow without faults until nothing moves."""
    world.dice.faults = False
    for _ in range(_ROUNDS_TO_REST):
        for node in world.nodes.values():
            await world.relay(node)
            await world.consume(node)
        if world.at_rest:
            for node in world.nodes.values():
                for key in list(node.waiting):
                    await world.look(node, key)
            if world.at_rest:
                return
    raise AssertionError("the world does not come to rest")


def disagreements(world: World, most_goodwill: int = MOST_GOODWILL) -> list[str]:
    """Return where services that must agree at rest do not (I9: projections are the fold of the log)."""
    taken_over = {d["_id"]: d["state"]["takeover_id"] is not None for d in _documents(world, "ticketing", "cases")}
    wrong = []
    for conversation in _documents(world, "messaging", "conversations"):
        case_id = conversation["state"]["case_id"]
        locked = any(lock["reason"] == "taken_over" for lock in conversation["state"]["locks"])
        if locked != taken_over.get(case_id, False):
            wrong.append(f"agreement: {case_id} is {'locked' if locked else 'open'} in messaging, not so in ticketing")
    for case in _documents(world, "disputes", "known_cases"):
        if case["state"]["taken_over"] != taken_over.get(case["_id"], False):
            wrong.append(f"agreement: disputes believes otherwise than ticketing who has the contact of {case['_id']}")
    return [
        *wrong,
        *_money_that_parts(world),
        *_money_that_was_not_theirs(world, most_goodwill),
        *_clocks_that_run_for_nothing(world),
        *_undone_and_paid_out(world),
    ]


def _money_that_parts(world: World) -> Iterator[str]:
    """Where disputes and billing differ in what is left of a line: an outcome takes what its refund takes."""
    takes: dict[str, bool] = {}
    for refund in _documents(world, "billing", "refunds"):
        order, status = refund["state"]["order"], refund["state"]["status"]
        if not order["goodwill"]:
            takes[order["decision_id"]] = takes.get(order["decision_id"], False) or status in ("ORDERED", "COMPLETED")
    lines = _documents(world, "disputes", "bought_lines")
    ordered = {part["decision_id"] for line in lines for part in line["state"]["ordered"]}
    for decision_id, taken in takes.items():
        if taken != (decision_id in ordered):
            yield f"agreement: the refund of {decision_id} {'takes' if taken else 'leaves'} what disputes does not"


def _money_that_was_not_theirs(world: World, most_goodwill: int) -> Iterator[str]:
    """S-1 and S-2: what was settled was accepted by whom it costs, and goodwill was given by staff within its limits."""
    for dispute in _documents(world, "disputes", "disputes"):
        for offer in (o for o in dispute["state"]["offers"] if o["status"] == "ACCEPTED"):
            sides = {offer["by"], *offer["accepted_by"], dispute["state"]["decided_by"]}
            if not {"buyer", "seller"} <= sides or offer["remedy"] == "GOODWILL":
                yield f"S-1: {dispute['_id']} was settled by {sorted(sides)} with {offer['remedy']}"
    for goodwill in _documents(world, "disputes", "goodwill"):
        if sum(amount for _, amount in goodwill["state"]["given"]) > most_goodwill:
            yield f"S-2: {goodwill['_id']} passes the limit of every role"
    for charge in _documents(world, "billing", "charges"):
        if charge["state"]["terms"]["kind"] == "GOODWILL":
            yield f"S-2: {charge['_id']} charges a seller for goodwill"
        if charge["state"]["approved_by"] == charge["state"]["terms"]["proposed_by"] is not None:
            yield f"S-4: {charge['_id']} was approved by who proposed it"


def _undone_and_paid_out(world: World) -> Iterator[str]:
    """S-3 and R-10: what was reversed left nothing behind, each step once, and runs of payouts add up to what the ledger says."""
    told = told_in(world, PAID_MINOR, MARKETS["lv"])
    yield from (f"S-3: {found}" for found in undone_in_part_or_twice(told))
    yield from (f"R-10: {found}" for found in payouts_that_do_not_add_up(told))


def _clocks_that_run_for_nothing(world: World) -> list[str]:
    """Return clocks of offers that nobody can answer, and of negotiations that are over (S-7)."""
    disputes = [DISPUTES.decode(d["state"]) for d in _documents(world, "disputes", "disputes")]
    negotiating = [dispute for dispute in disputes if dispute.stage == Stage.NEGOTIATION]
    negotiated = {str(dispute.id) for dispute in negotiating}
    open_offers = {str(offer.id) for dispute in negotiating for offer in dispute.open_offers}
    alive = {"offer_answer": open_offers, "negotiation": negotiated, "escalation_window": negotiated}
    clocks = [CLOCKS.decode(d["state"]) for d in _documents(world, "sla-monitor", "clocks")]
    return [
        f"agreement: {clock.ref.kind} of {clock.ref.subject} runs on"
        for clock in clocks
        if clock.owed and clock.ref.kind in alive and clock.ref.subject not in alive[clock.ref.kind]
    ]


def _documents(world: World, service: str, collection: str) -> list[dict[str, Any]]:
    return world.nodes[service].store.documents(collection)


def main() -> None:
    """Play episodes until enough steps are done. Exits with 1 and the seed at the first finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=100_000)
    given = parser.parse_args()
    began, done, seed = time.monotonic(), 0, given.seed
    while done < given.steps:
        steps = min(EPISODE_STEPS, given.steps - done)
        found = asyncio.run(episode(seed, steps))[1]
        done += steps
        if found:
            print(f"seed {seed}, {steps} steps:", *found[:20], sep="\n  ")
            sys.exit(1)
        print(f"{done} steps, {done / (time.monotonic() - began):.0f} a second, seed {seed} sound", flush=True)
        seed += 1


if __name__ == "__main__":
    main()
