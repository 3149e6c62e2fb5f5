"""What coordination costs: the same clocks due at one instant, announced by one replica and by three that share the shards by
leases, on the same cores. Usage: python tests/bench/fire_replicas.py [--clocks N] [--json FILE].
"""

import argparse
import json
from pathlib import Path

import uvloop
from clock_load import bed
from fire_burst import drained
from rich.console import Console
from rich.table import Table

REPLICAS = (1, 3)
ROUNDS = 2
LOST_BAR = 0.15


async def measure(count: int) -> dict[int, list[float]]:
    """Clocks per second of each number of replicas, several times."""
    rates: dict[int, list[float]] = {}
    for replicas in REPLICAS:
        async with bed() as on:
            await on.start_firing(replicas)
            await drained(on, 1000, 90_000_000)  # what is loaded and connected once
            measured = [await drained(on, count, n * 1_000_000) for n in range(1, ROUNDS + 1)]
            assert not any(row["doubled"] for row in measured), "something was told twice"
            rates[replicas] = [row["per_second"] for row in measured]
    return rates


def show(rates: dict[int, list[float]], count: int) -> None:
    """Print the best of each and what is lost."""
    alone, together = (max(rates[replicas]) for replicas in REPLICAS)
    lost = max(0.0, 1 - together / alone)
    table = Table(title=f"{count:,} clocks due at one instant, on the topic", title_justify="left")
    for column in ("replicas", "clocks/s, best", "worst", "lost", "bar"):
        table.add_column(column, justify="right")
    table.add_row("1", f"{alone:,.0f}", f"{min(rates[1]):,.0f}", "", "")
    table.add_row("3", f"{together:,.0f}", f"{min(rates[3]):,.0f}", f"{lost:.0%}", f"≤ {LOST_BAR:.0%}")
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clocks", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    measured_rates = uvloop.run(measure(given.clocks))
    show(measured_rates, given.clocks)
    if given.json:
        given.json.write_text(json.dumps(measured_rates, indent=1))
