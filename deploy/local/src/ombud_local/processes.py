"""The five services as operating-system processes that a test may kill, pause and start again."""

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import httpx

from ombud_local.children import Child
from ombud_local.ports import free_port

MODULES: Mapping[str, str] = MappingProxyType(
    {
        "ticketing": "ticketing",
        "messaging": "messaging",
        "disputes": "disputes",
        "sla-monitor": "sla_monitor",
        "billing": "billing",
    }
)
"""Service name → module that `python -m` runs."""

Program = Callable[[str, Mapping[str, str]], Sequence[str]]
"""The command that runs a service, given its name and its variables."""


def python_module(service: str, _environment: Mapping[str, str]) -> Sequence[str]:
    """Return the command that runs a service with this Python, as it is installed here."""
    return [sys.executable, "-m", MODULES[service]]


_READY_SECONDS = (
    60.0  # imports and the joining of consumer groups take 5 s alone, five at once on two cores many times that
)
_STOP_SECONDS = 30.0  # within a pod's grace period of 45 s


class ServiceProcess:
    """One replica of one service. Its standard output and error go to `log`."""

    def __init__(
        self,
        service: str,
        replica: int,
        port: int,
        log: Path,
        environment: Mapping[str, str],
        admin_port: int | None = None,
        program: Program = python_module,
    ) -> None:
        """The admin port, where metrics and the API's description are, is any free one unless given.

        Another `program`, such as a container of the service, is told the same variables and gets the same signals.
        """
        admin_port = free_port() if admin_port is None else admin_port
        self.service = service
        self.replica = replica
        self.url = f"http://127.0.0.1:{port}"
        self.admin_url = f"http://127.0.0.1:{admin_port}"
        self.log = log
        answers = "api" in environment.get("OMBUD_ROLES", "api").split(",")
        self._readyz = f"{self.url if answers else self.admin_url}/readyz"
        own = {"OMBUD_HTTP_PORT": str(port), "OMBUD_ADMIN_PORT": str(admin_port), "PYTHONUNBUFFERED": "1"}
        told = {**environment, **own}
        self._child = Child(f"{service} {replica}", program(service, told), log, environment={**os.environ, **told})

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        return self._child.exit_code

    def wait_ready(self, within_seconds: float = _READY_SECONDS) -> None:
        """Returns when GET /readyz answers 200, on the public port if it has the API. Raises `StartFailed` with the log's last lines."""
        self._child.wait_until(self._is_ready, within_seconds, f"{self._child.name} to answer 200 on {self._readyz}")

    def wait_exit(self, within_seconds: float) -> int:
        """The exit code of a process that ends by itself. Raises `subprocess.TimeoutExpired`."""
        return self._child.wait(within_seconds)

    def kill9(self) -> None:
        """SIGKILL; returns when the kernel has taken it away. Safe to repeat."""
        self._child.kill()

    def terminate(self, within_seconds: float = _STOP_SECONDS) -> int:
        """SIGTERM; returns the exit code, -9 when it had to be killed after that time."""
        return self._child.terminate(within_seconds)

    def ask_to_stop(self) -> None:
        """SIGTERM without waiting, so that several can stop at once."""
        if self.exit_code is None:
            self._child.signal(signal.SIGTERM)
            self._child.signal(signal.SIGCONT)

    def pause(self) -> None:
        """SIGSTOP: the process stands still but its connections stay, as in a long garbage collection."""
        self._child.signal(signal.SIGSTOP)

    @property
    def stands_still(self) -> bool:
        """Whether it was stopped, by us or at a failpoint, and not told to go on."""
        stat = Path(f"/proc/{self.pid}/stat")
        return stat.exists() and stat.read_text().rpartition(") ")[2].startswith("T")

    def resume(self) -> None:
        self._child.signal(signal.SIGCONT)

    def last_lines(self, count: int = 20) -> str:
        return self._child.last_lines(count)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(self._readyz, timeout=2).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False
