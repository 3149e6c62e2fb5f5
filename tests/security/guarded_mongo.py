"""A real MongoDB that speaks TLS alone and lets in only whom it knows, as a replica set; and one that is no replica set."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from ombud_local.certificates import Authority
from ombud_local.children import Child
from ombud_local.mongo_native import mongod
from ombud_local.ports import free_port

_START_SECONDS = 60.0
PASSWORD = "p@ss:word/with?signs"


@dataclass(frozen=True)
class GuardedMongo:
    """Where it is, and what its clients trust and show."""

    port: int
    authority: Path
    certificate: Path
    """Of the client `guest`, with its key in the same file."""

    def uri(self, user: str = "", password: str = PASSWORD, **changed: str) -> str:
        """Return the address as a service is told it."""
        options = {"replicaSet": "guarded", "tls": "true", "tlsCAFile": str(self.authority), "authSource": "admin"}
        credentials = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
        told = "&".join(f"{name}={quote(value, safe='')}" for name, value in {**options, **changed}.items() if value)
        return f"mongodb://{credentials}127.0.0.1:{self.port}/?{told}"

    def client(self) -> "MongoClient[dict[str, Any]]":
        """Return a connection of who may do everything."""
        return MongoClient(self.uri("root"), serverSelectionTimeoutMS=20_000)

    def let_in(self, user: str, *databases: str) -> None:
        """Make a user who may read and write these databases, and nothing else."""
        roles = [{"role": "readWrite", "db": database} for database in databases]
        with self.client() as client:
            client.admin.command("createUser", user, pwd=PASSWORD, roles=roles)

    def let_in_by_certificate(self, subject: str, *databases: str) -> None:
        """Let in who shows a certificate of this subject."""
        roles = [{"role": "readWrite", "db": database} for database in databases]
        with self.client() as client:
            client["$external"].command("createUser", subject, roles=roles)


@contextmanager
def guarded_mongo(folder: Path) -> Iterator[GuardedMongo]:
    """Start it, with a user `root`."""
    authority = Authority(folder / "certificates")
    served, shown = (_pem(folder, *authority.issue(name)) for name in ("mongod", "guest"))
    key = folder / "key"
    key.write_text(secrets.token_hex(64))
    key.chmod(0o400)
    guarded = GuardedMongo(free_port(), authority.file, shown)
    tls = ["--tlsMode", "requireTLS", "--tlsCertificateKeyFile", str(served), "--tlsCAFile", str(authority.file)]
    tls += [
        "--tlsAllowConnectionsWithoutCertificates",
        "--setParameter",
        "authenticationMechanisms=SCRAM-SHA-256,MONGODB-X509",
    ]
    child = _started(folder, guarded.port, "--replSet", "guarded", "--keyFile", str(key), *tls)
    try:
        child.wait_until(lambda: _begun(guarded), _START_SECONDS, "the guarded MongoDB to have a user")
        yield guarded
    finally:
        child.terminate(15.0)


@contextmanager
def lone_mongo(folder: Path) -> Iterator[str]:
    """Start a server that is not a member of any replica set; return its address."""
    port = free_port()
    child = _started(folder, port)
    try:
        child.wait_until(lambda: _answers(port), _START_SECONDS, "the lone MongoDB to answer")
        yield f"mongodb://127.0.0.1:{port}/"
    finally:
        child.terminate(15.0)


def _started(folder: Path, port: int, *more: str) -> Child:
    data = folder / "data"
    data.mkdir(parents=True)
    where = ["--dbpath", str(data), "--bind_ip", "127.0.0.1", "--port", str(port), "--nounixsocket", "--quiet"]
    small = ["--wiredTigerCacheSizeGB", "0.25", "--setParameter", "diagnosticDataCollectionEnabled=false"]
    return Child("mongod", [mongod(), *where, *small, *more], folder / "mongod.log", folder=folder)


def _begun(guarded: GuardedMongo) -> bool:
    """Take one step towards a primary with a user: from this host alone both are allowed as long as there is none."""
    direct = guarded.uri(replicaSet="", authSource="", directConnection="true")
    try:
        with MongoClient[dict[str, Any]](direct, serverSelectionTimeoutMS=1_000) as client:
            answer = client.admin.command("hello")
            if "setName" not in answer:
                member = {"_id": 0, "host": f"127.0.0.1:{guarded.port}"}
                client.admin.command("replSetInitiate", {"_id": "guarded", "members": [member]})
                return False
            if not answer["isWritablePrimary"]:
                return False
            client.admin.command("createUser", "root", pwd=PASSWORD, roles=["root"])
            return True
    except PyMongoError:
        return False


def _answers(port: int) -> bool:
    try:
        with MongoClient[dict[str, Any]]("127.0.0.1", port, serverSelectionTimeoutMS=500) as client:
            return bool(client.admin.command("ping"))
    except PyMongoError:
        return False


def _pem(folder: Path, certificate: Path, key: Path) -> Path:
    both = folder / "certificates" / f"{certificate.stem}.pem"
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both
