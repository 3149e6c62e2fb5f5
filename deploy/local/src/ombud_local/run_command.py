"""Runs one command beside a fresh Kafka and MongoDB, and ends both with it, whichever way it ends."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from rich.console import Console

from ombud_local.children import Child, StartFailed
from ombud_local.infrastructure import start_infrastructure
from ombud_local.run_folder import new_run_folder

_GRACE_SECONDS = 20.0  # a command that was told to end gets this long: its services drain within 15 s


class Interrupted(KeyboardInterrupt):
    """SIGTERM or SIGHUP arrived; treated as the Ctrl-C that it stands for."""


@contextmanager
def signals_as_interrupts() -> Iterator[None]:
    """SIGINT, SIGTERM and SIGHUP unwind the stack, so that what was started is stopped.

    SIGINT is named too: a shell starts what it puts in the background with Ctrl-C ignored, and Python then leaves it so.
    """

    def interrupt(number: int, _: FrameType | None) -> None:
        raise Interrupted(signal.Signals(number).name)

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_with_infrastructure(command: Sequence[str]) -> int:
    """Exit code of the command (128 + signal when a signal ended it). OMBUD_KAFKA and OMBUD_MONGO are in its environment,
    and OMBUD_RUN_FOLDER, a folder for what it wants to leave when it fails."""
    if not command:
        raise StartFailed("a command is needed: ombud-local run -- COMMAND")
    console = Console(stderr=True, highlight=False)
    with new_run_folder("run") as folder:
        with start_infrastructure(folder.path, lambda line: console.print(line, style="dim")) as infrastructure:
            told = {**os.environ, **infrastructure.environment(), "OMBUD_RUN_FOLDER": str(folder.path)}
            code = _run(command, told)
        if code != 0:
            folder.keep = True
            console.print(f"logs, until the next run: {folder.path}", style="dim", soft_wrap=True)
    return code


def _run(command: Sequence[str], environment: dict[str, str]) -> int:
    # The command shares our terminal and process group: a Ctrl-C reaches it directly, and it may end in its own order.
    child = Child(command[0], command, None, environment=environment, group=False)
    try:
        code = child.wait(None)
    except Interrupted:
        child.terminate(_GRACE_SECONDS)
        raise
    except KeyboardInterrupt:
        with suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE_SECONDS)
        child.terminate(_GRACE_SECONDS)
        raise
    return code if code >= 0 else 128 - code
