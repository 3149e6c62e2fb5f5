"""Ombud on this machine: `ombud-local up|down|status|logs|token|run`."""

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console

from ombud_local import background
from ombud_local.children import StartFailed
from ombud_local.issuer import ROLES
from ombud_local.processes import MODULES
from ombud_local.run_command import run_with_infrastructure, signals_as_interrupts


def main(arguments: Sequence[str] | None = None) -> int:
    """The command's exit code: 1 when something could not be started, 2 for a mistake in the arguments, 130 for Ctrl-C."""
    chosen = _parser().parse_args(arguments)
    try:
        with signals_as_interrupts():
            return _carry_out(chosen)
    except StartFailed as failure:
        print(f"ombud-local: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ombud-local: stopped", file=sys.stderr)
        return 130


def _carry_out(chosen: argparse.Namespace) -> int:
    console = Console()
    match chosen.command:
        case "up":
            return background.up(console)
        case "down":
            return background.down(console)
        case "status":
            return background.status(console)
        case "logs":
            return background.logs(chosen.service, chosen.lines, chosen.follow)
        case "token":
            markets = [market for market in chosen.markets.split(",") if market]
            print(background.token(chosen.role, chosen.subject, markets))
            return 0
        case _:
            words = chosen.words[1:] if chosen.words[:1] == ["--"] else chosen.words
            return run_with_infrastructure(words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ombud-local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start Kafka, MongoDB, the token issuer and the five services in the background")
    commands.add_parser("down", help="stop what `up` started")
    commands.add_parser("status", help="say what runs and where")
    logs = commands.add_parser("logs", help="the last lines of every service")
    logs.add_argument("service", nargs="?", choices=list(MODULES))
    logs.add_argument("--lines", type=int, default=20)
    logs.add_argument("--follow", "-f", action="store_true")
    token = commands.add_parser("token", help="print an access token from the running issuer")
    token.add_argument("--role", choices=ROLES, required=True)
    token.add_argument("--subject", required=True)
    token.add_argument("--markets", default="", help="comma-separated, for staff bound to markets")
    run = commands.add_parser("run", help="start Kafka and MongoDB, run a command with their addresses, stop both")
    run.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    return parser


if __name__ == "__main__":
    sys.exit(main())
