"""Keep what a run of long tests found: a row for each test, with how long it took, in the table that ends a document."""

import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from pathlib import Path

RESULTS = Path(__file__).with_name("results.md")
_TABLE = "| test | outcome | seconds |\n|---|---|---|\n"


def rows_of(report: ElementTree.Element, *, again: bool) -> Iterable[tuple[str, str]]:
    """Return a row for each test of a JUnit report, by its name; `again` when it had failed a moment before."""
    for case in report.iterfind(".//testcase[@classname]"):
        name = f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}"
        outcome = next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed")
        outcome = f"{outcome} at the second attempt" if again else outcome
        yield name, f"| `{name}` | {outcome} | {float(case.get('time', 0)):.0f} |"


def main(report: Path, results: Path = RESULTS) -> None:
    """Replace the rows of the tests that were run; what stands before the table stays."""
    head, _, rows = results.read_text().partition(_TABLE)
    known = {line.split("`")[1]: line for line in rows.splitlines()}
    known.update(rows_of(ElementTree.parse(report).getroot(), again=report.stem.endswith("again")))
    results.write_text(head + _TABLE + "".join(f"{known[name]}\n" for name in sorted(known)))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
