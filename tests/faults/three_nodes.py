"""A MongoDB replica set of three real nodes, each of which can be killed and started again."""

from collections.abc import Sequence
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from ombud_local.children import Child
from ombud_local.mongo_native import REPLICA_SET, mongod
from ombud_local.ports import free_port

_START_SECONDS = 90.0
_STOP_SECONDS = 15.0


class ThreeNodes:
    """Implements `ombud_local.infrastructure.Server`, and knows its members by their number."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = [free_port() for _ in range(3)]
        self._nodes: dict[int, Child] = {}

    @property
    def address(self) -> str:
        """The connection string of the set. Clients find a new primary within five seconds, or hear of the outage."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in self._ports)
        return f"mongodb://{hosts}/?replicaSet={REPLICA_SET}"

    def start(self) -> None:
        """Return when the set has a primary that sees all three."""
        for node in range(3):
            self.start_node(node)
        members = [{"_id": n, "host": f"127.0.0.1:{port}"} for n, port in enumerate(self._ports)]
        settings = {"electionTimeoutMillis": 2_000, "heartbeatIntervalMillis": 500}
        self._command(0, {"replSetInitiate": {"_id": REPLICA_SET, "members": members, "settings": settings}})
        self.wait_until_whole()

    def wait_until_whole(self) -> None:
        """Wait until one is primary and the others follow it."""
        first = next(iter(self._nodes.values()))
        first.wait_until(self._is_whole, _START_SECONDS, "three nodes to agree on a primary")

    def start_node(self, node: int) -> None:
        """Start one member on its data."""
        data = self._folder / f"data-{node}"
        data.mkdir(parents=True, exist_ok=True)
        where = ["--dbpath", str(data), "--bind_ip", "127.0.0.1", "--port", str(self._ports[node]), "--nounixsocket"]
        small = ["--wiredTigerCacheSizeGB", "0.25", "--setParameter", "diagnosticDataCollectionEnabled=false"]
        small += ["--setParameter", "transactionLifetimeLimitSeconds=5"]
        command = [mongod(), "--replSet", REPLICA_SET, "--quiet", *where, *small]
        self._nodes[node] = Child(f"mongod {node}", command, self._folder / f"mongod-{node}.log", folder=self._folder)
        self._nodes[node].wait_until(lambda: self._answers(node), _START_SECONDS, f"node {node} to answer")

    def kill_node(self, node: int) -> None:
        """As a crash."""
        self._nodes[node].kill()

    def kill(self) -> None:
        """Crash all of them."""
        for node in self._nodes:
            self.kill_node(node)

    def stop(self) -> None:
        """End what runs."""
        for node in self._nodes.values():
            node.terminate(_STOP_SECONDS)

    def primary(self) -> int:
        """Return which member is primary."""
        (found,) = [n for n in range(3) if self._state(n) == "PRIMARY"]
        return found

    def others(self, node: int) -> Sequence[int]:
        """Return the other two."""
        return [n for n in range(3) if n != node]

    def _is_whole(self) -> bool:
        return sorted(str(self._state(n)) for n in range(3)) == ["PRIMARY", "SECONDARY", "SECONDARY"]

    def _answers(self, node: int) -> bool:
        try:
            self._command(node, {"ping": 1})
            return True
        except PyMongoError:
            return False

    def _state(self, node: int) -> str | None:
        try:
            answer = self._command(node, {"hello": 1})
        except PyMongoError:
            return None
        return "PRIMARY" if answer.get("isWritablePrimary") else "SECONDARY" if answer.get("secondary") else None

    def _command(self, node: int, command: dict[str, object]) -> dict[str, object]:
        with MongoClient[dict[str, object]](
            "127.0.0.1",
            self._ports[node],
            directConnection=True,
            serverSelectionTimeoutMS=1_000,
            socketTimeoutMS=10_000,
        ) as client:
            return client.admin.command(command)
