"""A whole Ombud in a namespace of its own on shared Kafka and MongoDB: issuer, topics, services. Never the infrastructure."""

import os
import sys
import uuid
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from ombud_local.children import Child, run_to_end
from ombud_local.infrastructure import Infrastructure, Progress
from ombud_local.issuer import Role, SigningKey, mint
from ombud_local.ports import free_port
from ombud_local.processes import MODULES, Program, ServiceProcess, python_module

_TOPICS_SECONDS = 60.0  # under a second alone
_ISSUER_SECONDS = 30.0
_ISSUER_STOP_SECONDS = 5.0


class Stack:
    """`namespace` prefixes topics, groups and databases, so that several stacks share one broker without meeting."""

    def __init__(
        self,
        infrastructure: Infrastructure,
        folder: Path,
        *,
        namespace: str | None = None,
        markets: Path | None = None,
        program: Program = python_module,
    ) -> None:
        """`folder` receives keys and logs. `markets` holds extra market files. The namespace is unique unless given.

        `program` says how a service is run: as it is installed here, unless another is given.
        """
        self.infrastructure = infrastructure
        self.folder = folder
        self._thrown_away = namespace is None
        self._provisioned = False
        self.namespace = namespace if namespace is not None else f"t{uuid.uuid4().hex[:10]}"
        self.key = SigningKey.generate()
        self._markets = markets
        self._program = program
        self._ports: dict[tuple[str, int], tuple[int, int]] = {}
        self._processes: dict[tuple[str, int], ServiceProcess] = {}
        self._issuer: Child | None = None
        self._issuer_port = free_port()
        self.logs = folder / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)

    @property
    def issuer_url(self) -> str:
        return f"http://127.0.0.1:{self._issuer_port}"

    @property
    def processes(self) -> list[ServiceProcess]:
        """The latest process of every service and replica started so far, ended ones included."""
        return list(self._processes.values())

    def environment(self) -> dict[str, str]:
        """What every service of this stack is told, over and above its ports."""
        told = {
            **self.infrastructure.environment(),
            "OMBUD_NAMESPACE": self.namespace,
            "OMBUD_OIDC_ISSUER": self.issuer_url,
            "OMBUD_OIDC_STAFF_WITHOUT_MARKETS": "all",
            "OMBUD_ENV": "local",
        }
        return told if self._markets is None else {**told, "OMBUD_MARKETS": str(self._markets.absolute())}

    def prepare(self) -> None:
        """Starts the issuer and provisions the topics. Raises `StartFailed`."""
        self.start_issuer()
        self.provision_topics()

    def start(self, service: str, replica: int = 1, **environment: str) -> ServiceProcess:
        """Starts one replica without waiting for it; one started again keeps its addresses.

        `environment` is added to its variables, e.g. `OMBUD_FAILPOINT="…"`. Raises ValueError while it runs already.
        """
        place = (service, replica)
        if service not in MODULES:
            raise ValueError(f"no service {service}; there are {', '.join(MODULES)}")
        running = self._processes.get(place)
        if running is not None and running.exit_code is None:
            raise ValueError(f"{service} {replica} runs already")
        port, admin_port = self._ports.setdefault(place, (free_port(), free_port()))
        log = self.logs / f"{service}-{replica}.log"
        told = {**self.environment(), **environment}
        process = ServiceProcess(service, replica, port, log, told, admin_port, self._program)
        self._processes[place] = process
        return process

    def start_all(
        self, services: Iterable[str] = tuple(MODULES), progress: Progress = lambda _: None, **environment: str
    ) -> None:
        """One replica of each, side by side; returns when all are ready. Raises `StartFailed`."""
        processes = [self.start(service, 1, **environment) for service in services]
        for process in processes:
            process.wait_ready()
            progress(f"{process.service} answers at {process.url}")

    def process(self, service: str, replica: int = 1) -> ServiceProcess:
        """The latest process of that replica. Raises KeyError when it was never started."""
        return self._processes[service, replica]

    def token(self, role: Role, subject: str, markets: Iterable[str] = ()) -> str:
        """An access token that this stack's services accept."""
        return mint(self.key, issuer=self.issuer_url, role=role, subject=subject, markets=tuple(markets))

    def stop_all(self) -> dict[str, int]:
        """SIGTERM to all at once, SIGKILL for what outlasts the grace. Exit codes by `service-replica`; safe to repeat."""
        for process in self.processes:
            process.ask_to_stop()
        codes = {f"{one.service}-{one.replica}": one.terminate() for one in self.processes}
        self.stop_issuer()
        return codes

    def start_issuer(self) -> None:
        """Starts the issuer, with the key as it is now. Raises `StartFailed`."""
        path = self.key.save(self.folder)
        command = [sys.executable, "-m", "ombud_local.issuer", "--key", str(path), "--port", str(self._issuer_port)]
        self._issuer = Child("token issuer", command, self.logs / "issuer.log")
        self._issuer.wait_until(self._issuer_answers, _ISSUER_SECONDS, "the token issuer to answer")

    def stop_issuer(self) -> None:
        """Ends the issuer; services then live by the keys that they know. Safe to repeat."""
        if self._issuer is not None:
            self._issuer.terminate(_ISSUER_STOP_SECONDS)

    def _issuer_answers(self) -> bool:
        try:
            return httpx.get(f"{self.issuer_url}/jwks", timeout=2).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def provision_topics(self) -> None:
        """Creates the topics of the namespace that are missing. Raises `StartFailed`."""
        command = [sys.executable, "-m", "chassis.topics_command", "apply", "--no-acls"]
        told = {"OMBUD_TOPIC_REPLICAS": "1", **os.environ, **self.environment()}
        run_to_end("topic provisioning", command, self.logs / "topics.log", _TOPICS_SECONDS, told)
        self._provisioned = True

    def __enter__(self) -> Self:
        return self

    def _remove_topics(self) -> None:
        command = [sys.executable, "-m", "chassis.topics_command", "remove"]
        told = {**os.environ, **self.environment()}
        run_to_end("topic removal", command, self.logs / "topics-removed.log", _TOPICS_SECONDS, told)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Stop everything; a namespace of its own leaves no topics on a broker that others go on using."""
        self.stop_all()
        if self._thrown_away and self._provisioned and error is None:
            self._remove_topics()
