"""Kafka and MongoDB as containers of whatever engine answers. The engine's reaper removes them when we die."""

import os
import socket
from collections.abc import Mapping

import docker
from docker.errors import DockerException
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from ombud_local.children import StartFailed, wait_until
from ombud_local.kafka_native import KAFKA_VERSION, answers, broker_properties
from ombud_local.mongo_native import NOTHING_GROWS_OLD, REPLICA_SET, is_primary
from ombud_local.ports import free_port

_START_SECONDS = 120.0  # after the image is there; the first start unpacks it


def engine_answers() -> bool:
    """Whether a container engine (DOCKER_HOST, or the usual socket) answers within 2 s."""
    try:
        engine = docker.from_env(timeout=2)
    except DockerException:
        return False
    try:
        return bool(engine.ping())
    except (DockerException, OSError):
        return False
    finally:
        engine.close()


class _Container:
    """One container with a fixed host port, so that its address survives a kill and a restart."""

    def __init__(self, image: str, port: int, environment: Mapping[str, str], command: str | None) -> None:
        self.host = socket.gethostbyname(DockerClient().host())
        self._image = image
        self._container = DockerContainer(image).with_bind_ports(port, port)
        for name, value in environment.items():
            self._container.with_env(name, value)
        if command is not None:
            self._container.with_command(command)
        self._started = False

    def start(self) -> None:
        """Creates it the first time; later starts the same container on the data it had."""
        try:
            if self._started:
                self._container.get_wrapped_container().start()
            else:
                self._container.start()
        except DockerException as failure:
            hint = "pull it, name another in OMBUD_KAFKA_IMAGE or OMBUD_MONGO_IMAGE, or set OMBUD_INFRA=native"
            raise StartFailed(
                f"The container engine refused {self._image} ({type(failure).__name__}): {hint}"
            ) from failure
        self._started = True

    def kill(self) -> None:
        wrapped = self._container.get_wrapped_container()
        wrapped.kill()
        wrapped.wait(timeout=10)

    def stop(self) -> None:
        if self._started:
            self._container.stop()
            self._started = False

    def log(self) -> str:
        out, err = self._container.get_logs()
        return "\n".join((out + err).decode(errors="replace").splitlines()[-20:])


class ContainerKafka:
    """The project's own image, `apache/kafka`, unless OMBUD_KAFKA_IMAGE names another with the same settings."""

    def __init__(self) -> None:
        self._port = free_port()
        image = os.environ.get("OMBUD_KAFKA_IMAGE") or f"apache/kafka:{KAFKA_VERSION}"
        advertised = socket.gethostbyname(DockerClient().host())
        settings = broker_properties(advertised, self._port, free_port(), "/tmp/kafka-logs", bind="0.0.0.0")
        environment = {f"KAFKA_{name.replace('.', '_').upper()}": str(value) for name, value in settings.items()}
        environment["KAFKA_HEAP_OPTS"] = "-Xms128m -Xmx512m"
        self._container = _Container(image, self._port, environment, None)

    @property
    def address(self) -> str:
        return f"{self._container.host}:{self._port}"

    def start(self) -> None:
        self._container.start()
        host = self._container.host
        wait_until(lambda: answers(host, self._port), _START_SECONDS, "Kafka to answer", self._container.log)

    def kill(self) -> None:
        self._container.kill()

    def stop(self) -> None:
        self._container.stop()


class ContainerMongo:
    """The image `mongo`, as a replica set of one; OMBUD_MONGO_IMAGE names another."""

    def __init__(self) -> None:
        self._port = free_port()
        image = os.environ.get("OMBUD_MONGO_IMAGE") or "mongo:8.0"
        command = f"mongod --replSet {REPLICA_SET} --bind_ip_all --port {self._port} --wiredTigerCacheSizeGB 0.5"
        self._container = _Container(image, self._port, {}, " ".join([command, *NOTHING_GROWS_OLD]))

    @property
    def address(self) -> str:
        return f"mongodb://{self._container.host}:{self._port}/?replicaSet={REPLICA_SET}"

    def start(self) -> None:
        self._container.start()
        host = self._container.host
        wait_until(lambda: is_primary(host, self._port), _START_SECONDS, "MongoDB's primary", self._container.log)

    def kill(self) -> None:
        self._container.kill()

    def stop(self) -> None:
        self._container.stop()
