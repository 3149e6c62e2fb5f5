"""Lets people try for money and time that are not theirs: `make adversary SEED=7 STEPS=1000000`. A finding names its seed,
which replays it exactly; the result of a run that was asked to be kept is in `tests/simulation/adversary.md`."""

import argparse
import asyncio
import sys
import time
from collections import Counter
from pathlib import Path

from simulation import come_to_rest, disagreements  # puts the folders of the situations on the path

# isort: split
from attempts import kept_in
from five_services import MARKETS, fire, marketplace_of
from oracle import findings
from schemers import Schemers
from told import told_in
from world import Node, Record, World

EPISODE_ATTEMPTS = 400
"""After so many attempts everything comes to rest, and the principles are asked."""
_AT_ONCE = 0.05
"""How often a second person acts between a decision and its commit."""
PAID_MINOR = 12_990
MOST_GIVEN_MINOR = 25_000
"""What a supervisor may give of the platform's money in a case."""
RESULT = Path(__file__).with_name("adversary.md")


class Crowd(World):
    """A marketplace without faults, in which a second person is often at it between a decision and its commit."""

    async def _somebody_else(self, _node: Node, _record: Record | None = None) -> None:
        if self._nested or self.meanwhile is None or self.dice.random.random() > _AT_ONCE:
            return
        self._nested = True
        try:
            await self.meanwhile()
        finally:
            self._nested = False


async def episode(seed: int, attempts: int) -> tuple[World, list[str]]:
    """Let people scheme in one marketplace, bring it to rest, and return it with what they got away with."""
    world = marketplace_of(seed, Crowd)
    world.dice.faults = False
    people = Schemers(world)
    await people.begin()
    world.meanwhile = people.attempt
    for _ in range(attempts):
        await people.attempt()
        await _let_things_happen(world)
    world.meanwhile = None
    await come_to_rest(world)
    for seller in sorted({c["seller_id"] for c in world.nodes["billing"].store.documents("charges")}):
        people.run_payouts_of(seller, world.clock())  # so that what is owed back is paid back
    await come_to_rest(world)
    told = told_in(world, PAID_MINOR, MARKETS["lv"])
    return world, [*findings(told), *disagreements(world, MOST_GIVEN_MINOR)]


async def _let_things_happen(world: World) -> None:
    """Some of what was said is heard, and sometimes time passes: what people do next meets the world as it is then."""
    random = world.dice.random
    for node in world.nodes.values():
        if random.random() < 0.5:
            await world.relay(node)
        if random.random() < 0.5:
            await world.consume(node)
    node = random.choice(list(world.nodes.values()))
    for key in list(node.waiting)[:2]:
        await world.look(node, key)
    if random.random() < 0.06:
        world.pass_time(minutes=random.choices([1, 60, 600, 3_000, 20_000], [8, 8, 6, 2, 1])[0])
        await fire(world)


def main() -> None:
    """Play episodes until enough was attempted. Exits with 1 and the seed at the first finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--keep", action="store_true", help="add the result to those beside this file")
    given = parser.parse_args()
    began, done, seed = time.monotonic(), 0, given.seed
    tried, told = Counter[tuple[str, bool]](), Counter[str]()
    before = kept_in(RESULT)
    while done < given.steps:
        attempts = min(EPISODE_ATTEMPTS, given.steps - done)
        world, found = asyncio.run(episode(seed, attempts))
        done, tried = done + attempts, tried + world.tried
        told.update(type(r.received.event).__name__ for log in world.broker.partitions.values() for r in log)
        if found:
            print(f"seed {seed}, {attempts} attempts:", *found[:20], sep="\n  ")
            sys.exit(1)
        seed += 1
        if done % 10_000 < attempts:
            print(
                f"{done} attempts, {done / (time.monotonic() - began):.0f} a second, sound up to seed {seed - 1}",
                flush=True,
            )
            if given.keep:
                RESULT.write_text(before.with_run(given.seed, seed - 1, tried, told).text())
    if given.keep:
        RESULT.write_text(before.with_run(given.seed, seed - 1, tried, told).text())


if __name__ == "__main__":
    main()
