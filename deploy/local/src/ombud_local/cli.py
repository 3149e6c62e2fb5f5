"""`ombud-local`: the commands behind the Makefile."""

import argparse
import sys
from collections.abc import Sequence

from ombud_local.children import StartFailed
from ombud_local.run_command import run_with_infrastructure


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code of the command, 2 for a mistake in the arguments, 1 when something could not be started."""
    parser = argparse.ArgumentParser(prog="ombud-local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start Kafka and MongoDB, run a command with their addresses, stop both")
    run.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    chosen = parser.parse_args(arguments)
    try:
        words = chosen.words[1:] if chosen.words[:1] == ["--"] else chosen.words
        if not words:
            run.error("a command is needed: ombud-local run -- COMMAND")
        return run_with_infrastructure(words)
    except StartFailed as failure:
        print(f"ombud-local: {failure}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
