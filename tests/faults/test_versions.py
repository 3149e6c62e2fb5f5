"""Two versions beside each other, as during a rolling upgrade (F25): each reads what the other writes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PREVIOUS = "638a3c3"
"""The version before this one."""
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
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contracts of the previous version."""
    folder = tmp_path_factory.mktemp("previous")
    archive = subprocess.run(["git", "archive", PREVIOUS, "contracts/src"], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"the previous version, {PREVIOUS}, is not in the history of this checkout")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    return folder / "contracts/src"


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
