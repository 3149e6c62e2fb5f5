"""A real broker that lets in only whom it knows: over TLS, by certificate, by password and by token."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import MappingProxyType

from ombud_local.certificates import Authority
from ombud_local.kafka_native import NativeKafka
from ombud_local.ports import free_port

PASSWORD = "correct-horse-battery"
USER = "ombud"
CLIENT_SECRET = "client-secret-of-ombud"
LISTENERS = ("SSL", "SASL_SSL", "SASL_PLAINTEXT")


@dataclass(frozen=True)
class GuardedKafka:
    """The addresses of the broker by what they speak, and what its clients show."""

    plain: str
    addresses: dict[str, str]
    authority: Path
    certificate: Path
    key: Path


AUTHORIZER = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": f"User:ANONYMOUS;User:{USER}",
}
"""Whoever has no right may do nothing; the listener in plain text is the test's own, and the controller's."""


@contextmanager
def guarded_kafka(
    folder: Path, known: Sequence[str] = (), further: Mapping[str, str] = MappingProxyType({})
) -> Iterator[GuardedKafka]:
    """Start a broker with a listener for each way in, and one in plain text for the test itself. It knows `known` beside
    the user of the tests, by the same password; `further` are properties."""
    authority = Authority(folder / "certificates")
    (server_certificate, server_key), (certificate, key) = authority.issue("broker"), authority.issue("client")
    keystore = folder / "certificates" / "broker.pem"
    keystore.write_bytes(server_key.read_bytes() + server_certificate.read_bytes())
    ports = {name: free_port() for name in LISTENERS}
    sorts = ("SCRAM-SHA-256", "SCRAM-SHA-512")
    users = [part for user in (USER, *known) for sort in sorts for part in _added(sort, user)]
    broker = NativeKafka(folder / "broker", {**_properties(ports, keystore, authority.file), **further}, users)
    broker.start()
    try:
        addresses = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
        yield GuardedKafka(broker.address, addresses, authority.file, certificate, key)
    finally:
        broker.stop()


def _added(sort: str, user: str) -> tuple[str, str]:
    return "--add-scram", f"{sort}=[name={user},password={PASSWORD}]"


def _properties(ports: dict[str, int], keystore: Path, truststore: Path) -> dict[str, str]:
    plain = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    bearer = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";'
    jaas = {
        "plain": f'{plain} user_{USER}="{PASSWORD}";',
        "scram-sha-256": scram,
        "scram-sha-512": scram,
        "oauthbearer": bearer,
    }
    listeners = ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())
    told = {
        f"listener.name.{name.lower()}.{mechanism}.sasl.jaas.config": text
        for name in LISTENERS
        if name.startswith("SASL")
        for mechanism, text in jaas.items()
    }
    return {
        **told,
        "listeners": listeners,
        "advertised.listeners": listeners,
        "listener.security.protocol.map": ",".join(f"{name}:{name}" for name in LISTENERS),
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keystore),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(truststore),
        "listener.name.ssl.ssl.client.auth": "required",
    }


@contextmanager
def token_endpoint() -> Iterator[str]:
    """Serve tokens that the broker's unsecured validator takes, to whoever knows the client's secret."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            expected = "Basic " + base64.b64encode(f"{USER}:{CLIENT_SECRET}".encode()).decode()
            known = self.headers["Authorization"] == expected
            body = json.dumps({"access_token": _unsecured_token(), "expires_in": 300} if known else {}).encode()
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200 if known else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_given: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/token"
    finally:
        server.shutdown()


def _unsecured_token() -> str:
    now = datetime.now(UTC).timestamp()
    parts = ({"alg": "none"}, {"sub": USER, "iat": now - 10, "exp": now + 300})
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."
