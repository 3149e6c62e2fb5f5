"""Writes docs/clocks.md and example clocks, each as JSON and as a picture, (`python -m sla_monitor.explaining.documents [--check]`)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ombud_contracts.generate import REPOSITORY, as_text, run
from ombud_contracts.market import load_markets
from sla_monitor.explaining.examples import example_clocks
from sla_monitor.explaining.picture import draw
from sla_monitor.explaining.reference import clocks_reference

REFERENCE = "docs/clocks.md"
TRACES = "docs/traces"


def documents(root: Path) -> dict[Path, str]:
    """Return every generated file with the text it shall have."""
    found = {root / REFERENCE: clocks_reference(load_markets())}
    for name, clock in example_clocks().items():
        found[root / TRACES / f"{name}.svg"] = draw(clock).decode()
        found[root / TRACES / f"{name}.json"] = as_text(clock.model_dump(mode="json"))
    return found


def main(given: Sequence[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m sla_monitor.explaining.documents", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when something differs")
    arguments = parser.parse_args(given)
    if not (REPOSITORY / "contracts").is_dir():
        sys.exit("run this in a checkout: installed, the package has nowhere to write")
    sys.exit(run(documents(REPOSITORY), arguments.check, REPOSITORY, "make docs"))


if __name__ == "__main__":
    main()
