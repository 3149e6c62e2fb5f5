"""MongoDB over TLS, with users (`test_rights` has five services with one each); and databases that cannot be used, said at the start."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from guarded_mongo import PASSWORD, GuardedMongo, guarded_mongo, lone_mongo
from pymongo.errors import ServerSelectionTimeoutError

from chassis.mongo import Mongo
from chassis.mongo_access import UnusableDatabase, reason_of
from ombud_local.certificates import Authority
from ombud_local.ports import free_port
from ombud_local.processes import ServiceProcess


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedMongo]:
    with guarded_mongo(tmp_path_factory.mktemp("guarded-mongo")) as started:
        yield started


async def asked(uri: str, database: str, driver: str = "motor") -> None:
    """Ask a database what a start asks."""
    mongo = Mongo(uri, database, driver)  # type: ignore[arg-type]
    try:
        await mongo.refuse_unusable()
    finally:
        await mongo.close()


async def test_a_certificate_lets_in_as_a_password_does(guarded: GuardedMongo) -> None:
    guarded.let_in_by_certificate("CN=guest", "shown")
    shown = {
        "authMechanism": "MONGODB-X509",
        "authSource": "$external",
        "tlsCertificateKeyFile": str(guarded.certificate),
    }
    await asked(guarded.uri(**shown), "shown")


REFUSED: dict[str, tuple[Callable[[GuardedMongo, Path], str], str]] = {
    "a wrong password": (lambda m, _: m.uri("known", "guessed"), "does not know the user"),
    "an unknown user": (lambda m, _: m.uri("nobody"), "does not know the user"),
    "no user": (lambda m, _: m.uri(), "has no rights in the database"),
    "the user of another database": (lambda m, _: m.uri("known"), "has no rights in the database mine"),
    "another authority": (
        lambda m, f: m.uri("known", tlsCAFile=str(Authority(f, "other").file)),
        "not signed by an authority",
    ),
    "authorities that are not there": (lambda m, f: m.uri("known", tlsCAFile=str(f / "none.pem")), "OMBUD_MONGO"),
    "plain text": (lambda m, _: m.uri("known", tls="", tlsCAFile=""), "closes the connection"),
    "another replica set": (lambda m, _: m.uri("known", replicaSet="other"), "another name"),
    "nothing that listens": (
        lambda m, _: m.uri("known").replace(str(m.port), str(free_port())),
        "no primary that answers",
    ),
    "an address that is none": (lambda _m, _: "mongodb://", "OMBUD_MONGO cannot be used"),
}


OUTWAITED = ("not signed by an authority", "closes the connection", "another name", "no primary that answers")
"""What a driver says when it has waited in vain for a server: here not for as long as a service does."""


@pytest.fixture(scope="module")
def known(guarded: GuardedMongo) -> GuardedMongo:
    guarded.let_in("known", "another")
    return guarded


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
@pytest.mark.parametrize(("told", "said"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_is_wrong_is_said_in_words(
    known: GuardedMongo,
    tmp_path: Path,
    told: Callable[[GuardedMongo, Path], str],
    said: str,
    driver: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Would break if somebody had to read a driver's message to learn what to mend, or read a password in it."""
    if said in OUTWAITED:
        monkeypatch.setattr("chassis.mongo._SERVER_SELECTION_MS", 2_000)
    with pytest.raises(UnusableDatabase, match=said) as refused:
        await asked(told(known, tmp_path), "mine", driver)
    assert not [secret for secret in (PASSWORD, "guessed", "known") if secret in str(refused.value).split()]


@pytest.mark.parametrize(
    "seen",
    [
        "connection closed",
        "[Errno 104] Connection reset by peer",
        "Connection is closed",
        "connection is already closed",
        "Connection lost",
        "[Errno 32] Broken pipe",
    ],
)
def test_a_connection_that_is_ended_is_said_as_one_that_is_closed(seen: str) -> None:
    """Which of these a client sees is a matter of moments, and of the driver."""
    ended = ServerSelectionTimeoutError(f"127.0.0.1:1: {seen} (configured timeouts: connectTimeoutMS: 5000.0ms)")
    assert "closes the connection" in reason_of(ended, "mine")


async def test_a_server_that_is_not_a_replica_set_is_refused(tmp_path: Path) -> None:
    """INVARIANT: would break if a service began to work where no transaction can be had."""
    with lone_mongo(tmp_path / "lone") as address:
        with pytest.raises(UnusableDatabase, match="not a replica set"):
            await asked(address, "mine")


def ended(tmp_path: Path, uri: str) -> tuple[int, str]:
    """Start billing with an address of MongoDB; return its exit code and what it said."""
    file = tmp_path / "uri"
    file.write_text(uri)
    told = {
        "OMBUD_KAFKA": "127.0.0.1:1",
        "OMBUD_MONGO_FILE": str(file),
        "OMBUD_OIDC_ISSUER": "http://127.0.0.1:1",
        "OMBUD_ENV": "local",
    }
    process = ServiceProcess("billing", 1, free_port(), tmp_path / "billing.log", told)
    return process.wait_exit(120), process.log.read_text()


async def test_a_process_says_in_one_line_why_it_does_not_start(
    known: GuardedMongo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMBUD_MONGO", raising=False)
    code, told = await asyncio.to_thread(ended, tmp_path, known.uri("known", "guessed"))
    reasons = [json.loads(line) for line in told.splitlines() if "not started" in line]
    assert code > 0
    assert [line["msg"] for line in reasons] == ["not started: the database cannot be used"]
    assert "does not know the user" in reasons[0]["reason"]
    assert "guessed" not in told


async def test_an_address_that_cannot_be_read_is_a_refused_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMBUD_MONGO", raising=False)
    code, told = await asyncio.to_thread(ended, tmp_path, "mongodb://user:pass:word@host/")
    assert (code, told) == (2, "billing: OMBUD_MONGO cannot be used (InvalidURI)\n")
