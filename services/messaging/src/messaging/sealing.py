"""Sealing: every conversation has a key of its own, wrapped by the service's keys. Deleting it erases what was written.

Encryption is Fernet (`cryptography`): AES-128-CBC with HMAC-SHA256, authenticated.
"""

import base64
import hashlib
import time

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from chassis.aggregate import Unit
from chassis.mongo import Mongo

KEYS = "conversation_keys"
REMEMBER_SECONDS = 30.0
"""How long an opened key is kept in memory, and so how long an erasure takes to reach every replica."""
_REMEMBERED_KEYS = 10_000


class Unreadable(Exception):
    """The key was erased, or the bytes were not sealed with it."""


class Sealer:
    """Seals and opens texts with the keys of conversations."""

    def __init__(self, mongo: Mongo, wrapping_keys: str) -> None:
        keys = [k.strip() for k in wrapping_keys.split(",") if k.strip()] or [_local_key()]
        self._wrapping = MultiFernet([Fernet(k) for k in keys])
        self.current = hashlib.sha256(keys[0].encode()).hexdigest()[:16]
        """Names the wrapping key that new keys are wrapped with; says nothing of it."""
        self._mongo = mongo
        self._remembered: dict[str, tuple[Fernet, float]] = {}

    def new_key(self, key_id: str, unit: Unit) -> Fernet:
        """Make a conversation's key, and keep it wrapped in the unit's transaction."""
        raw = Fernet.generate_key()
        unit.upsert(KEYS, key_id, {"wrapped": self._wrapping.encrypt(raw), "wrapped_by": self.current})
        return Fernet(raw)

    async def key(self, key_id: str) -> Fernet:
        """Return a conversation's key. Raises Unreadable when it was erased, at the latest `REMEMBER_SECONDS` ago."""
        known = self._remembered.get(key_id)
        if known is not None and time.monotonic() < known[1]:
            return known[0]
        document = await self._mongo.find_one(KEYS, {"_id": key_id})
        if document is None:
            raise Unreadable("the key was erased")
        key = self._unwrap(bytes(document["wrapped"]))
        if len(self._remembered) >= _REMEMBERED_KEYS:
            self._remembered.clear()
        self._remembered[key_id] = key, time.monotonic() + REMEMBER_SECONDS
        return key

    def rewrapped(self, wrapped: bytes) -> bytes:
        """Return a conversation's key wrapped with the current wrapping key. Raises Unreadable."""
        try:
            return self._wrapping.rotate(wrapped)
        except InvalidToken:
            raise Unreadable("no configured sealing key opens this conversation's key") from None

    def _unwrap(self, wrapped: bytes) -> Fernet:
        try:
            return Fernet(self._wrapping.decrypt(wrapped))
        except InvalidToken:
            raise Unreadable("no configured sealing key opens this conversation's key") from None


def opened(key: Fernet, sealed: bytes) -> str:
    """Return the text. Raises Unreadable."""
    try:
        return key.decrypt(sealed).decode()
    except InvalidToken:
        raise Unreadable("the bytes were not sealed with this key") from None


def sealed(key: Fernet, text: str) -> bytes:
    """Return the sealed text."""
    return key.encrypt(text.encode())


def sha256_of(text: str) -> str:
    """Return the hash of the text as UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _local_key() -> str:
    """A fixed key for local runs; production refuses to start without keys (see settings)."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"ombud local").digest()).decode()
