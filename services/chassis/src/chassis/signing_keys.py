"""The issuer's published signing keys: which of them can be used, and how old what we know of them may be.

A key that the issuer withdraws is gone here within a minute; an issuer that does not answer is waited for with the keys
that are known, for a configured time. Source: RFC 7517 (JWK), RFC 8414 3.3 and OIDC Discovery 4.3, RFC 8725.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

log = logging.getLogger(__name__)

_AGED_SECONDS = 30.0
"""A set of this age is read anew while it goes on being used."""
_STALE_SECONDS = 45.0
"""A set of this age is not used before an attempt to read it anew: with the time of that, less than a minute."""
_READ_WITHIN_SECONDS = 5.0
"""For both documents together, however slowly they drip; a request may wait for it."""
_RETRY_SECONDS = 2.0
"""An issuer that did not answer is asked again after so long; meanwhile nobody waits for it."""
_SEARCH_SECONDS = 60.0
"""An unknown key id makes us ask at most this often, so that invented ids do not burden the issuer."""
_MAX_DOCUMENT_BYTES = 262_144
_MAX_KEYS = 100
_RSA_BITS = range(2_048, 8_193)

VerifyingKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey
Document = Mapping[str, Any]


class IssuerUnavailable(Exception):
    """The signing keys cannot be read now, and those that are known are too old or none."""


class InvalidDocument(Exception):
    """The issuer answered with something that is not what it must publish."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key that verifies signatures, and the algorithms for which it may be used."""

    id: str | None
    algorithms: tuple[str, ...]
    key: VerifyingKey


@dataclass(frozen=True, slots=True)
class KeySet:
    """What an issuer published, and the keys of it that we can use."""

    published: Sequence[Any] = ()
    usable: tuple[SigningKey, ...] = ()

    @classmethod
    def of(cls, document: Document) -> "KeySet":
        """Read a JSON Web Key Set. A key that we cannot use is ignored (RFC 7517, 5). Raises InvalidDocument."""
        published = document.get("keys")
        if not isinstance(published, list) or len(published) > _MAX_KEYS:
            raise InvalidDocument("the key set has no list of keys, or too many")
        return cls(published, tuple(key for jwk in published if (key := usable_key(jwk)) is not None))

    def find(self, id: str | None, algorithm: str) -> tuple[SigningKey, ...]:
        """Return the keys that a token may be signed with. A token that names no key is that of the only usable one."""
        if id is None and len(self.usable) > 1:
            return ()
        return tuple(key for key in self.usable if id in (None, key.id) and algorithm in key.algorithms)


def usable_key(jwk: object) -> SigningKey | None:
    """Return the key that a JWK describes, or None when it is not a public key for signatures that we know how to verify."""
    if not isinstance(jwk, dict) or "d" in jwk or jwk.get("use", "sig") != "sig":
        return None
    operations, id = jwk.get("key_ops", ["verify"]), jwk.get("kid")
    if not isinstance(operations, list) or "verify" not in operations or not isinstance(id, str | None):
        return None
    try:
        key = _public_key(jwk)
    except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError, KeyError, OverflowError, AttributeError):
        return None
    algorithms = _algorithms_of(key)
    named = jwk.get("alg")
    if named is not None:  # optional (RFC 7517, 4.4)
        algorithms = tuple(a for a in algorithms if a == named)
    return SigningKey(id, algorithms, key) if key is not None and algorithms else None


def _public_key(jwk: dict[str, Any]) -> VerifyingKey | None:
    key: object = None
    match jwk.get("kty"):
        case "RSA":
            key = RSAAlgorithm.from_jwk(jwk)
        case "EC":
            key = ECAlgorithm.from_jwk(jwk)
        case "OKP":
            key = OKPAlgorithm.from_jwk(jwk)
    return key if isinstance(key, RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey) else None


def _algorithms_of(key: VerifyingKey | None) -> tuple[str, ...]:
    match key:
        case RSAPublicKey() if key.key_size in _RSA_BITS:
            return "RS256", "PS256"
        case EllipticCurvePublicKey() if isinstance(key.curve, SECP256R1):
            return ("ES256",)
        case Ed25519PublicKey():
            return ("EdDSA",)
        case _:
            return ()


ReadKeys = Callable[[], Awaitable[KeySet]]
"""Reads the set that the issuer publishes now. Raises IssuerUnavailable."""


def spellings(issuer: str) -> tuple[str, str]:
    """Return an issuer without and with a slash at its end: tokens, documents and settings differ in it."""
    bare = issuer.removesuffix("/")
    return bare, f"{bare}/"


async def read_published(issuer: str, within_seconds: float = _READ_WITHIN_SECONDS) -> KeySet:
    """Read an issuer's discovery document and the key set that it names. Raises IssuerUnavailable."""
    try:
        async with (
            asyncio.timeout(within_seconds),
            httpx.AsyncClient(timeout=within_seconds, follow_redirects=False) as client,
        ):
            discovery = await _document(client, f"{spellings(issuer)[0]}/.well-known/openid-configuration")
            return KeySet.of(await _document(client, _address_of_keys(discovery, issuer)))
    except (httpx.HTTPError, httpx.InvalidURL, InvalidDocument, TimeoutError, OSError) as error:
        raise IssuerUnavailable(f"the token issuer's keys cannot be read: {type(error).__name__}") from error


def _address_of_keys(discovery: Document, issuer: str) -> str:
    if discovery.get("issuer") not in spellings(issuer):
        raise InvalidDocument("the discovery document is that of another issuer")
    address = discovery.get("jwks_uri")
    if not isinstance(address, str):
        raise InvalidDocument("the discovery document names no key set")
    try:
        scheme = urlsplit(address).scheme
    except ValueError:
        raise InvalidDocument("the address of the key set cannot be read") from None
    if scheme != "https" and scheme != urlsplit(issuer).scheme:
        raise InvalidDocument("the key set is not published as securely as the issuer is named")
    return address


async def _document(client: httpx.AsyncClient, url: str) -> Document:
    body = bytearray()
    async with client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as response:
        response.raise_for_status()  # a redirect is an error, too
        async for part in response.aiter_raw():  # as sent: nothing is unpacked, so that nothing grows
            body += part
            if len(body) > _MAX_DOCUMENT_BYTES:
                raise InvalidDocument("the issuer's answer is too long")
    try:
        document = orjson.loads(body)
    except ValueError:
        raise InvalidDocument("the issuer's answer is not JSON") from None
    if not isinstance(document, dict):
        raise InvalidDocument("the issuer's answer is not an object")
    return document


class SigningKeys:
    """The keys of one issuer, read anew by age and by need, by one reader at a time."""

    def __init__(
        self, read: ReadKeys, patience_seconds: float = 3_600.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Keys that were read longer than `patience_seconds` ago are not used, whatever the issuer's trouble is."""
        self._read = read
        self._patience_seconds = patience_seconds
        self._monotonic = monotonic
        self._known = KeySet()
        self._read_at: float | None = None
        self._failed_at: float | None = None
        self._searched_at: float | None = None
        self._reading: asyncio.Task[None] | None = None

    async def current(self) -> KeySet:
        """Return the keys of now: the same object until the issuer publishes another set. Raises IssuerUnavailable."""
        age = self._since(self._read_at)
        if age >= _AGED_SECONDS and self._since(self._failed_at) >= _RETRY_SECONDS:
            reading = self._begin_reading()
            if age >= _STALE_SECONDS:
                await asyncio.shield(reading)  # who goes away takes it from no one else
        if self._since(self._read_at) > self._patience_seconds:
            raise IssuerUnavailable("the token issuer's keys cannot be read")
        return self._known

    async def find(self, id: str | None, algorithm: str) -> tuple[SigningKey, ...]:
        """Return the keys that a token may be signed with, after asking the issuer for one that is not known.

        Raises IssuerUnavailable when a key is not known and the issuer cannot be asked for it.
        """
        found = (await self.current()).find(id, algorithm)
        if found:
            return found
        if self._reading is not None or self._may_search():
            await asyncio.shield(self._begin_reading())
            found = self._known.find(id, algorithm)
        if not found and self._failed_at is not None:
            raise IssuerUnavailable("the token issuer cannot be asked for the key")
        return found

    def _may_search(self) -> bool:
        if self._since(self._searched_at) < _SEARCH_SECONDS or self._since(self._failed_at) < _RETRY_SECONDS:
            return False
        self._searched_at = self._monotonic()
        return True

    def _since(self, at: float | None) -> float:
        return float("inf") if at is None else self._monotonic() - at

    def _begin_reading(self) -> asyncio.Task[None]:
        """Return the reader that is under way, or a new one."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_anew())
        return self._reading

    async def _read_anew(self) -> None:
        try:
            read = await self._read()
        except IssuerUnavailable as error:
            self._failed_at = self._monotonic()
            log.warning("the token issuer's keys were not read", extra={"reason": str(error)})
        else:
            self._read_at, self._failed_at = self._monotonic(), None
            if read.published != self._known.published:
                self._known = read
        finally:
            self._reading = None
