"""Keep what a run of `make faults` found: one row for each fault test, with how long it took."""

import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from pathlib import Path

RESULTS = Path(__file__).with_name("results.md")
_HEAD = """# Faults, as they were last run

Written by `make faults`, on real processes, Kafka and MongoDB. A row stays until its test is run again. What fails is run once
more, alone; that it failed at first stays written.

| test | outcome | seconds |
|---|---|---|
"""


def rows_of(report: ElementTree.Element, *, again: bool) -> Iterable[tuple[str, str]]:
    """Return a row for each test of a JUnit report, by its name; `again` when it had failed a moment before."""
    for case in report.iter("testcase"):
        name = f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}"
        outcome = next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed")
        outcome = f"{outcome} at the second attempt" if again else outcome
        yield name, f"| `{name}` | {outcome} | {float(case.get('time', 0)):.0f} |"


def main(report: Path) -> None:
    """Replace the rows of the tests that were run."""
    kept = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    known = {line.split("`")[1]: line for line in kept if line.startswith("| `")}
    known.update(rows_of(ElementTree.parse(report).getroot(), again=report.stem.endswith("again")))
    RESULTS.write_text(_HEAD + "".join(f"{known[name]}\n" for name in sorted(known)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
