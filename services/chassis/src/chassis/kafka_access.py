"""How Kafka is reached: in plain text or with TLS, as anybody or as somebody known by a certificate or by one of SASL's
mechanisms. Every client of this process is made from it.

Certificates and their authorities are read again when their files have changed: connections that are opened from then on
use the new ones. Sources: RFC 5802 (SCRAM), RFC 7628 (OAUTHBEARER), RFC 6749 4.4 (client credentials).
"""

import asyncio
import ssl
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx
from aiokafka.abc import AbstractTokenProvider
from faststream.security import BaseSecurity, SASLOAuthBearer, SASLPlaintext, SASLScram256, SASLScram512

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]

_TOKEN_WITHIN_SECONDS = 10.0
_TOKEN_MARGIN = 0.8
"""The part of a token's life after which another is asked for."""
_TOKEN_LIVES_SECONDS = 60.0
"""For how long a token is used whose endpoint does not say how long it lives."""
_BY_PASSWORD = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}


class TokenRefused(OSError):
    """The token endpoint gave no token: the connection is not made, and is tried again."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in PEM: whom we trust, and who we are. None trusts whom the machine trusts, and shows no certificate."""

    authorities: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    password: str = field(default="", repr=False)

    def written_at(self) -> tuple[int, ...]:
        """Return when each file was last written. Raises OSError when one cannot be read."""
        return tuple(path.stat().st_mtime_ns for path in (self.authorities, self.certificate, self.key) if path)


class TlsContext(ssl.SSLContext):
    """A client's context that reads its certificates again before a connection, when their files have changed."""

    _certificates: Certificates
    _read_at: tuple[int, ...]

    @classmethod
    def of(cls, certificates: Certificates) -> "TlsContext":
        """Return a context that checks the broker's name. Raises OSError or ssl.SSLError when a file cannot be used."""
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context._certificates = certificates
        context._read_at = ()
        context._read()
        return context

    def wrap_bio(self, *given: Any, **options: Any) -> ssl.SSLObject:
        """Begin a connection, with the certificates as they are now; with those known before while files are half written."""
        try:
            self._read()
        except OSError:  # ssl.SSLError is one
            self._read_at = ()
        return super().wrap_bio(*given, **options)

    def _read(self) -> None:
        found = self._certificates.written_at()
        if found == self._read_at and found:
            return
        if self._certificates.authorities is not None:
            self.load_verify_locations(self._certificates.authorities)
        else:
            self.load_default_certs()
        if self._certificates.certificate is not None:
            password = self._certificates.password or None
            self.load_cert_chain(self._certificates.certificate, self._certificates.key, password)
        self._read_at = found


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """Where access tokens come from, and as whom they are asked for."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""


class Tokens(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka has no types
    """Asks for an access token with the client's credentials, and again before it ends."""

    def __init__(self, endpoint: TokenEndpoint) -> None:
        self._endpoint = endpoint
        self._asking = asyncio.Lock()
        self._token, self._until = "", 0.0

    async def token(self) -> str:
        """Return a token that is valid. Raises TokenRefused."""
        async with self._asking:
            if time.monotonic() >= self._until:
                await self._ask()
            return self._token

    async def _ask(self) -> None:
        asked = {"grant_type": "client_credentials"} | ({"scope": self._endpoint.scope} if self._endpoint.scope else {})
        credentials = httpx.BasicAuth(self._endpoint.client_id, self._endpoint.client_secret)
        try:
            async with asyncio.timeout(_TOKEN_WITHIN_SECONDS), httpx.AsyncClient() as http:
                answer = await http.post(self._endpoint.url, data=asked, auth=credentials)
                answer.raise_for_status()
                given = answer.json()
                token, lives = str(given["access_token"]), float(given.get("expires_in", _TOKEN_LIVES_SECONDS))
        except (httpx.HTTPError, TimeoutError, KeyError, ValueError, TypeError) as error:
            raise TokenRefused(f"no token from the token endpoint of Kafka ({type(error).__name__})") from None
        self._token, self._until = token, time.monotonic() + lives * _TOKEN_MARGIN


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """Where the brokers are, and what a connection needs."""

    servers: str
    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism = "SCRAM-SHA-512"
    username: str = ""
    password: str = field(default="", repr=False)
    tls: TlsContext | None = None
    tokens: Tokens | None = None

    @property
    def addresses(self) -> list[str]:
        """Return each bootstrap server, as `host:port`. FastStream takes a text for one server, whatever its commas."""
        return [server.strip() for server in self.servers.split(",") if server.strip()]

    def client(self) -> dict[str, Any]:
        """Return what every client of aiokafka is made with."""
        made: dict[str, Any] = {
            "bootstrap_servers": self.addresses,
            "security_protocol": self.protocol,
            "ssl_context": self.tls,
        }
        if not self.protocol.startswith("SASL"):
            return made
        made["sasl_mechanism"] = self.mechanism
        if self.mechanism == "OAUTHBEARER":
            return {**made, "sasl_oauth_token_provider": self.tokens}
        return {**made, "sasl_plain_username": self.username, "sasl_plain_password": self.password}

    def broker(self) -> dict[str, Any]:
        """Return what a broker of FastStream is made with."""
        encrypted = self.tls is not None
        made: dict[str, Any] = {"bootstrap_servers": self.addresses}
        if not self.protocol.startswith("SASL"):
            return {**made, "security": BaseSecurity(ssl_context=self.tls, use_ssl=encrypted)}
        if self.mechanism == "OAUTHBEARER":
            security: BaseSecurity = SASLOAuthBearer(ssl_context=self.tls, use_ssl=encrypted)
            return {**made, "security": security, "sasl_oauth_token_provider": self.tokens}
        by_password = _BY_PASSWORD[self.mechanism]
        return {**made, "security": by_password(self.username, self.password, ssl_context=self.tls, use_ssl=encrypted)}
