"""Sealing: what belongs together (a conversation, a piece of evidence) has a key of its own, wrapped by the service's keys.
Deleting that key erases what was written.

Encryption is Fernet (`cryptography`): AES-128-CBC with HMAC-SHA256, authenticated.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from chassis.aggregate import Unit
from chassis.mongo import Mongo
from chassis.store import Document

KEYS = "conversation_keys"
REMEMBER_SECONDS = 30.0
"""How long an opened key is kept in memory, and so how long an erasure takes to reach every replica."""
_REMEMBERED_KEYS = 10_000
_HASH_KEY_BYTES = 32


class Unreadable(Exception):
    """The key was erased, or the bytes were not sealed with it."""


class UnknownWrapping(Exception):
    """The key is there, and no configured sealing key opens it. Nothing was erased: what needs it is tried again, and parked."""


def sealing_keys(given: str) -> list[str]:
    """Return the keys of a setting, comma separated, the current one first. Raises ValueError, which quotes none of them."""
    keys = [stripped for key in given.split(",") if (stripped := key.strip())]
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            raise ValueError(f"sealing_keys: number {number} is not 32 bytes in URL-safe base64") from None
    return keys


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """How many keys an older wrapping key wrapped, and how many of them no configured key opens."""

    found: int
    lost: int


class Sealer:
    """Makes keys, keeps them wrapped in a collection of the service, and gives them back."""

    def __init__(self, mongo: Mongo, wrapping_keys: str, collection: str = KEYS) -> None:
        keys = sealing_keys(wrapping_keys) or [_local_key()]
        self._wrapping = MultiFernet([Fernet(k) for k in keys])
        self.current = hashlib.sha256(keys[0].encode()).hexdigest()[:16]
        """Names the wrapping key that new keys are wrapped with; says nothing of it."""
        self._mongo = mongo
        self._collection = collection
        self._remembered: dict[str, tuple[Fernet, float]] = {}

    def new_key(self, key_id: str, unit: Unit) -> Fernet:
        """Make a key, and keep it wrapped in the unit's transaction."""
        raw = Fernet.generate_key()
        unit.upsert(self._collection, key_id, {"wrapped": self._wrapping.encrypt(raw), "wrapped_by": self.current})
        return Fernet(raw)

    def first_key(self, key_id: str, unit: Unit) -> None:
        """Make a key that must not be there yet: a second one at the same time is a Conflict when the unit is committed."""
        wrapped = self._wrapping.encrypt(Fernet.generate_key())
        unit.insert(self._collection, key_id, {"wrapped": wrapped, "wrapped_by": self.current})

    async def keys(self, key_ids: Collection[str]) -> dict[str, Fernet]:
        """Return those of these keys that can be opened and were not erased, at the latest `REMEMBER_SECONDS` ago, by id."""
        keys = {id: known for id in key_ids if (known := self._known(id)) is not None}
        unknown = [id for id in key_ids if id not in keys]
        found = (
            await self._mongo.find(self._collection, {"_id": {"$in": unknown}}, limit=len(unknown)) if unknown else []
        )
        for row in found:
            try:
                keys[row["_id"]] = self._opened(row)
            except UnknownWrapping:
                continue
        return keys

    async def key(self, key_id: str) -> Fernet:
        """Return a key. Raises Unreadable when it was erased, at the latest `REMEMBER_SECONDS` ago, and UnknownWrapping."""
        known = self._known(key_id)
        if known is not None:
            return known
        document = await self._mongo.find_one(self._collection, {"_id": key_id})
        if document is None:
            raise Unreadable("the key was erased")
        return self._opened(document)

    def _known(self, key_id: str) -> Fernet | None:
        known = self._remembered.get(key_id)
        return known[0] if known is not None and time.monotonic() < known[1] else None

    def _opened(self, row: Document) -> Fernet:
        key = self._unwrap(bytes(row["wrapped"]))
        if len(self._remembered) >= _REMEMBERED_KEYS:
            self._remembered.clear()
        self._remembered[row["_id"]] = key, time.monotonic() + REMEMBER_SECONDS
        return key

    async def rewrap(self, limit: int) -> Rewrapped:
        """Wrap keys that an older wrapping key wraps with the current one. Safe to repeat."""
        found = await self._mongo.find(self._collection, {"wrapped_by": {"$ne": self.current}}, limit=limit)
        lost = 0
        for key in found:
            try:
                wrapped = self._wrapping.rotate(bytes(key["wrapped"]))
            except InvalidToken:
                lost += 1
                continue
            same = {"_id": key["_id"], "wrapped": key["wrapped"]}  # unless it was erased or changed meanwhile
            change = {"wrapped": wrapped, "wrapped_by": self.current}
            await self._mongo.change(self._collection, same, [{"$set": change}])
        return Rewrapped(len(found), lost)

    def _unwrap(self, wrapped: bytes) -> Fernet:
        try:
            return Fernet(self._wrapping.decrypt(wrapped))
        except InvalidToken:
            raise UnknownWrapping("no configured sealing key opens this key") from None


def opened(key: Fernet, sealed: bytes) -> str:
    """Return the text. Raises Unreadable."""
    try:
        return key.decrypt(sealed).decode()
    except InvalidToken:
        raise Unreadable("the bytes were not sealed with this key") from None


def sealed(key: Fernet, text: str) -> bytes:
    """Return the sealed text."""
    return key.encrypt(text.encode())


@dataclass(frozen=True, slots=True)
class HashKey:
    """A random key under which the hash of one thing is taken.

    A text can be found from its plain hash by trying texts; from a keyed one it cannot, once the key is erased.
    """

    raw: bytes

    def hash_of(self, content: bytes) -> str:
        """Return the HMAC-SHA-256 (RFC 2104) of a content, in hexadecimal."""
        return hmac.new(self.raw, content, hashlib.sha256).hexdigest()

    def sealed(self, key: Fernet) -> bytes:
        """Return this key sealed by what seals the thing itself, so that both are erased together."""
        return key.encrypt(self.raw)


def new_hash_key() -> HashKey:
    """Return a new key."""
    return HashKey(secrets.token_bytes(_HASH_KEY_BYTES))


def opened_hash_key(key: Fernet, sealed: bytes) -> HashKey:
    """Return a key that was sealed. Raises Unreadable once it was erased."""
    try:
        return HashKey(key.decrypt(sealed))
    except InvalidToken:
        raise Unreadable("the key of the hash was erased") from None


def _local_key() -> str:
    """A fixed key for local runs; production refuses to start without keys (see settings)."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"ombud local").digest()).decode()
