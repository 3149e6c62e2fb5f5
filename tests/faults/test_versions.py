"""Two versions beside each other, as during a rolling upgrade (F25): each reads what the other writes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from previous import ROOT, previous_sources

from ombud_contracts.market import load_markets
from sla_monitor.rules.market_files import versions_of

OLDEST_SUBSCRIBED = "638a3c3"
"""The version whose events subscribers were first told to rely on."""
READER = """
import json, sys
from pathlib import Path
from ombud_contracts import REGISTRY, from_record
headers = [("content-type", b"application/cloudevents+json")]
told = {}
for example in sorted(Path(sys.argv[1]).glob("*.json")):
    received = from_record(example.read_bytes(), headers)
    told[example.name] = [received.type, received.metadata.id, received.event is not None]
print(json.dumps({"read": told, "known": sorted(REGISTRY)}))
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Where the packages of the previous version are."""
    return previous_sources(tmp_path_factory.mktemp("previous"))


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contracts by which the oldest subscribers read."""
    found = previous_sources(tmp_path_factory.mktemp("oldest"), OLDEST_SUBSCRIBED)
    return next(source for source in found if source.parent.name == "contracts")


READER_OF_RULES = """
import json, sys
from sla_monitor.rules.versions import PlainVersion, read_rules
rules = read_rules(PlainVersion(*row) for row in json.load(sys.stdin))
print(json.dumps({market: sorted(known.policies.kinds) for market, known in rules.items()}))
"""
CURRENT = ROOT / "contracts/src"


def read_by(reader: Path, examples: Path) -> tuple[dict[str, tuple[str, str, bool]], set[str]]:
    """What one version makes of the examples of another, and the types it knows. Fails when it refuses one."""
    ended = subprocess.run(
        [sys.executable, "-c", READER, str(examples / "ombud_contracts/examples")],
        env={"PYTHONPATH": str(reader)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    told = json.loads(ended.stdout)
    return {name: tuple(found) for name, found in told["read"].items()}, set(told["known"])


@pytest.mark.parametrize("direction", ["the previous reads the new", "the new reads the previous"])
def test_each_version_reads_the_events_of_the_other(direction: str, previous: Path) -> None:
    """INVARIANT: F25 and I8; would break if an event changed other than by addition, or a new type were refused."""
    reader, writer = (previous, CURRENT) if direction.startswith("the previous") else (CURRENT, previous)
    read, known = read_by(reader, writer)
    own, _ = read_by(writer, writer)
    assert read.keys() == own.keys()
    assert len(read) > 30
    for name, (type_, id, understood) in read.items():
        assert (type_, id) == own[name][:2]
        assert understood == (type_ in known), f"{name}: a type is ignored when it is not known, and read when it is"


def test_the_previous_version_reads_the_rules_that_this_one_publishes(sources: list[Path]) -> None:
    """INVARIANT: F25; would break if a version rolled back met a clock in the rule book that stops its start.

    A row that names something new is published one version after its name can be read, or raises the form of documents.
    """
    rows = [version for market in load_markets().values() for version in versions_of(market)]
    told = [[row.market, row.sort, row.name, row.number, row.content] for row in rows]
    ended = subprocess.run(
        [sys.executable, "-c", READER_OF_RULES],
        env={"PYTHONPATH": os.pathsep.join(map(str, sources))},
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    published = {
        market: sorted(r.name for r in rows if (r.market, r.sort) == (market, "policy")) for market in load_markets()
    }
    assert json.loads(ended.stdout) == published
