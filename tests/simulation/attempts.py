"""What people tried, and what was told, as the runs that were kept add up: a document that each further run continues."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

_HEAD = """# What people tried, and what came of it

Written by `make adversary`, which adds each run to those before it: two buyers, two sellers and two each of agents, mediators
and supervisors tried for money and time that were not theirs. After each episode everything came to rest, and the principles
S-1 to S-10 held.

"""
_ROW = re.compile(
    r"^\| (?P<act>[^`|]+) \| (?P<took>\d+) \| (?P<refused>\d+) \|$|^\| `(?P<event>\w+)` \| (?P<times>\d+) \|$"
)
_SEEDS = re.compile(r"(\d+) to (\d+)")


@dataclass
class Attempts:
    """What was tried with which seeds: how often each act took effect (True) or was refused, and how often each event came."""

    seeds: list[tuple[int, int]] = field(default_factory=list)
    tried: Counter[tuple[str, bool]] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)

    def with_run(self, first: int, last: int, tried: Counter[tuple[str, bool]], told: Counter[str]) -> "Attempts":
        """Return these attempts and those of another run. Raises ValueError when a seed was counted already."""
        if any(first <= known_last and known_first <= last for known_first, known_last in self.seeds):
            raise ValueError(f"seeds {first} to {last} were counted before; begin with another --seed")
        return Attempts([*self.seeds, (first, last)], self.tried + tried, self.told + told)

    def text(self) -> str:
        """Return the document."""
        acts = sorted({act for act, _ in self.tried})
        rows = "".join(f"| {act} | {self.tried[act, True]} | {self.tried[act, False]} |\n" for act in acts)
        events = "".join(f"| `{name}` | {n} |\n" for name, n in sorted(self.told.items()))
        seeds = ", ".join(f"{first} to {last}" for first, last in self.seeds)
        took = sum(self.tried[act, True] for act in acts)
        return (
            f"{_HEAD}Seeds {seeds}; {self.tried.total()} actions, of which {took} took effect.\n\n"
            f"| tried | took effect | refused |\n|---|---|---|\n{rows}\n"
            f"What the services and the marketplace told:\n\n| event | times |\n|---|---|\n{events}"
        )


def kept_in(document: Path) -> Attempts:
    """Read the attempts that a document keeps; none when it does not exist."""
    kept = Attempts()
    for line in document.read_text().splitlines() if document.exists() else ():
        if line.startswith("Seeds "):
            kept.seeds = [(int(first), int(last)) for first, last in _SEEDS.findall(line)]
        elif row := _ROW.match(line):
            if row["event"]:
                kept.told[row["event"]] = int(row["times"])
            else:
                kept.tried[row["act"], True], kept.tried[row["act"], False] = int(row["took"]), int(row["refused"])
    return kept
