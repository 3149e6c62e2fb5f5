"""Child processes that cannot outlive us: started on a tether, logged to a file, ended with a bound."""

import atexit
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep

_TETHER = Path(__file__).with_name("tether.py")
_POLL_SECONDS = 0.05
# The kernel's death signal follows the *thread* that forked, so one thread that lives as long as the process forks all.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ombud-spawner")
_living: set["Child"] = set()
_living_lock = threading.Lock()


class StartFailed(RuntimeError):
    """Something did not come up in time or died while starting; the message ends with the last lines of its log."""


class Child:
    """One running program. `group=True` shields it from the terminal's Ctrl-C, so that its owner ends it in order."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path | None,
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        group: bool = True,
    ) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._process = _spawner.submit(self._spawn, command, log, environment, folder, group).result()
        with _living_lock:
            _living.add(self)

    @staticmethod
    def _spawn(
        command: Sequence[str],
        log: Path | None,
        environment: Mapping[str, str] | None,
        folder: Path | None,
        group: bool,
    ) -> "subprocess.Popen[bytes]":
        tethered = [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), *command]
        env = None if environment is None else dict(environment)
        if log is None:
            return subprocess.Popen(tethered, env=env, cwd=folder, start_new_session=group)
        with log.open("ab") as output:
            return subprocess.Popen(
                tethered,
                env=env,
                cwd=folder,
                start_new_session=group,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        return self._process.poll()

    def wait(self, within_seconds: float | None) -> int:
        """Its exit code. Raises `subprocess.TimeoutExpired` when it still runs after that time."""
        code = self._process.wait(within_seconds)
        with _living_lock:
            _living.discard(self)
        return code

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> int:
        """SIGKILL, as a crash; returns once the kernel has taken it away."""
        self._process.kill()
        return self.wait(10)  # the kernel needs milliseconds; 10 s only when the disk hangs

    def terminate(self, within_seconds: float) -> int:
        """SIGTERM, then SIGKILL for what still runs after that time. Returns the exit code; safe to repeat."""
        if self.exit_code is None:
            self._process.terminate()
            self._process.send_signal(signal.SIGCONT)  # a paused process cannot obey
        try:
            return self.wait(within_seconds)
        except subprocess.TimeoutExpired:
            return self.kill()

    def last_lines(self, count: int = 20) -> str:
        """The end of its log, for an error a person reads."""
        if self.log is None or not self.log.exists():
            return "(no log)"
        lines = self.log.read_text(errors="replace").splitlines()[-count:]
        return "\n".join(lines) or "(the log is empty)"

    def wait_until(self, ready: Callable[[], bool], within_seconds: float, what: str) -> None:
        """Polls `ready`; raises `StartFailed` with the log's end when the child dies or the time is up."""

        def alive_and_ready() -> bool:
            if self.exit_code is not None:
                raise StartFailed(
                    f"{self.name} ended with {self.exit_code} while we waited for {what}.\n{self._evidence()}"
                )
            return ready()

        wait_until(alive_and_ready, within_seconds, what, self._evidence)

    def _evidence(self) -> str:
        return f"Last lines of {self.log}:\n{self.last_lines()}"


def wait_until(
    ready: Callable[[], bool], within_seconds: float, what: str, evidence: Callable[[], str] = lambda: ""
) -> None:
    """Polls `ready`; raises `StartFailed` with what was waited for and the evidence when the time is up."""
    end = monotonic() + within_seconds
    while not ready():
        if monotonic() > end:
            raise StartFailed(f"Waited {within_seconds:.0f} s in vain for {what}.\n{evidence()}")
        sleep(_POLL_SECONDS)


def run_to_end(
    name: str, command: Sequence[str], log: Path, within_seconds: float, environment: Mapping[str, str] | None = None
) -> None:
    """Runs a short program; raises `StartFailed` with its output's end when it fails or takes longer."""
    child = Child(name, command, log, environment=environment)
    try:
        code = child.wait(within_seconds)
    except subprocess.TimeoutExpired:
        raise StartFailed(f"{name} still ran after {within_seconds:.0f} s.\n{child.last_lines()}") from None
    finally:
        child.kill()
    if code != 0:
        raise StartFailed(f"{name} failed with exit code {code}.\n{child.last_lines()}")


@atexit.register
def _end_what_is_left() -> None:
    with _living_lock:
        left = list(_living)
    for child in left:
        child.kill()
