"""Sealing: every conversation has a key of its own, wrapped by the service's keys. Deleting it erases what was written.

Encryption is Fernet (`cryptography`): AES-128-CBC with HMAC-SHA256, authenticated.
"""

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from chassis.aggregate import Unit
from chassis.mongo import Mongo

KEYS = "conversation_keys"


class Unreadable(Exception):
    """The key was erased, or the bytes were not sealed with it."""


class Sealer:
    """Seals and opens texts with the keys of conversations."""

    def __init__(self, mongo: Mongo, wrapping_keys: str) -> None:
        keys = [k.strip() for k in wrapping_keys.split(",") if k.strip()] or [_local_key()]
        self._wrapping = MultiFernet([Fernet(k) for k in keys])
        self._mongo = mongo
        self._open = lru_cache(maxsize=10_000)(self._unwrap)

    def new_key(self, key_id: str, unit: Unit) -> Fernet:
        """Make a conversation's key, and keep it wrapped in the unit's transaction."""
        raw = Fernet.generate_key()
        unit.upsert(KEYS, key_id, {"wrapped": self._wrapping.encrypt(raw)})
        return Fernet(raw)

    async def key(self, key_id: str) -> Fernet:
        """Return a conversation's key. Raises Unreadable when it was erased."""
        document = await self._mongo.find_one(KEYS, {"_id": key_id})
        if document is None:
            raise Unreadable("the key was erased")
        return self._open(bytes(document["wrapped"]))

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
