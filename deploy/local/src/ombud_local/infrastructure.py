"""Where Kafka and MongoDB come from: clusters you name, containers, or processes of this machine. Refuses to guess twice."""

import os
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Protocol, Self

from ombud_local.children import StartFailed
from ombud_local.containers import ContainerKafka, ContainerMongo, engine_answers
from ombud_local.kafka_native import KAFKA_VERSION, NativeKafka, classpath
from ombud_local.mongo_native import NativeMongo

Progress = Callable[[str], None]


class Server(Protocol):
    """A Kafka broker or a MongoDB replica set that we started and may break on purpose."""

    @property
    def address(self) -> str: ...
    def start(self) -> None: ...
    def kill(self) -> None: ...
    def stop(self) -> None: ...


class NotOurs(RuntimeError):
    """An external cluster was asked to stop, die or restart."""


class Infrastructure:
    """Running Kafka and MongoDB. `kafka` is a bootstrap address, `mongo` a connection string with the replica set."""

    def __init__(self, provider: str, kafka: str, mongo: str, servers: dict[str, Server]) -> None:
        self.provider = provider
        self.kafka = kafka
        self.mongo = mongo
        self._servers = servers

    def environment(self) -> dict[str, str]:
        """What a process needs to find both."""
        return {"OMBUD_KAFKA": self.kafka, "OMBUD_MONGO": self.mongo}

    def kill_kafka(self) -> None:
        """As a crash: no flush, no goodbye. Acknowledged records must survive it."""
        self._server("kafka").kill()

    def restart_kafka(self) -> None:
        """Starts it again at the same address, on the same data; returns when it answers."""
        self._server("kafka").start()

    def kill_mongo(self) -> None:
        self._server("mongo").kill()

    def restart_mongo(self) -> None:
        self._server("mongo").start()

    def stop(self) -> None:
        """Ends what we started and nothing else. Safe to repeat."""
        _stop(self._servers)

    def _server(self, name: str) -> Server:
        if name not in self._servers:
            raise NotOurs(f"{name} is an external cluster; use OMBUD_INFRA=native or docker to break it")
        return self._servers[name]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()


def start_infrastructure(
    run_folder: Path, progress: Progress = lambda _: None, *, provider: str | None = None
) -> Infrastructure:
    """Kafka and MongoDB, answering. Data and logs go to `run_folder`, which no other run may use at the same time.

    `provider` or `OMBUD_INFRA` forces one; else `external` when OMBUD_KAFKA and OMBUD_MONGO are set, `docker` when a container
    engine answers, `native` otherwise. Raises `StartFailed` and leaves nothing running.
    """
    provider = provider or _chosen_provider()
    progress(f"infrastructure: {provider}")
    match provider:
        case "external":
            return _external()
        case "docker":
            return _started(provider, ContainerKafka, ContainerMongo, progress)
        case "native":
            progress(f"Apache Kafka {KAFKA_VERSION} (the first time its 45 MB of jars are fetched)")
            classpath()  # here and not beside MongoDB's start: a Ctrl-C interrupts only the main thread
            kafka, mongo = partial(NativeKafka, run_folder / "kafka"), partial(NativeMongo, run_folder / "mongo")
            return _started(provider, kafka, mongo, progress)
        case other:
            raise StartFailed(f"no provider of infrastructure is called {other}; use external, docker or native")


def _chosen_provider() -> str:
    forced = os.environ.get("OMBUD_INFRA")
    if forced:
        return forced
    if os.environ.get("OMBUD_KAFKA") and os.environ.get("OMBUD_MONGO"):
        return "external"
    return "docker" if engine_answers() else "native"


def _external() -> Infrastructure:
    kafka, mongo = os.environ.get("OMBUD_KAFKA", ""), os.environ.get("OMBUD_MONGO", "")
    if not kafka or not mongo:
        raise StartFailed("external infrastructure needs both OMBUD_KAFKA (host:port) and OMBUD_MONGO (mongodb://…)")
    host, _, port = kafka.split(",")[0].rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, ValueError):
        raise StartFailed(f"nothing answers at OMBUD_KAFKA={kafka}") from None
    return Infrastructure("external", kafka, mongo, {})


def _started(
    provider: str, new_kafka: Callable[[], Server], new_mongo: Callable[[], Server], progress: Progress
) -> Infrastructure:
    started: dict[str, Server] = {}
    given_up = Event()

    def start(name: str, new: Callable[[], Server]) -> Server:
        server = new()
        if not given_up.is_set():
            started[name] = server
            server.start()
            progress(f"{name} answers at {server.address}")
        return server

    both = ThreadPoolExecutor(max_workers=2)
    try:
        kafka, mongo = both.submit(start, "kafka", new_kafka), both.submit(start, "mongo", new_mongo)
        return Infrastructure(provider, kafka.result().address, mongo.result().address, started)
    except BaseException:
        given_up.set()
        _stop(started)  # ends the waiting of whatever still starts
        both.shutdown(wait=True)
        _stop(started)  # and what was just being started
        raise
    finally:
        both.shutdown(wait=False)


def _stop(servers: dict[str, Server]) -> None:
    for server in list(servers.values()):
        server.stop()
