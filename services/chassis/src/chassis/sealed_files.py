"""Files at rest: every file has a key of its own, wrapped by its conversation's; with that key gone it cannot be read.

AES-256-GCM in frames, after the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): a frame's nonce is its
number and whether it is the last one, so frames can be neither swapped nor left out, and one at a time is in memory.
"""

from collections.abc import AsyncIterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.sealing import Unreadable

_FRAME_BYTES = 65_536
_TAG_BYTES = 16
_KEY_BITS = 256


def new_file_key(conversation_key: Fernet) -> tuple[AESGCM, bytes]:
    """Return a key for one file, and that key wrapped by the conversation's."""
    raw = AESGCM.generate_key(_KEY_BITS)
    return AESGCM(raw), conversation_key.encrypt(raw)


def file_key(conversation_key: Fernet, wrapped: bytes) -> AESGCM:
    """Return a file's key. Raises Unreadable."""
    try:
        return AESGCM(conversation_key.decrypt(wrapped))
    except InvalidToken:
        raise Unreadable("the file's key was not wrapped by this conversation's") from None


async def sealed_frames(key: AESGCM, file_id: str, content: BinaryIO) -> AsyncIterator[bytes]:
    """Yield a file sealed, frame by frame."""
    number, frame = 0, content.read(_FRAME_BYTES)
    while True:
        following = content.read(_FRAME_BYTES)
        yield key.encrypt(_nonce(number, last=not following), frame, file_id.encode())
        if not following:
            return
        number, frame = number + 1, following


async def opened_frames(key: AESGCM, file_id: str, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield a file opened, frame by frame. Raises Unreadable at a frame that is not as it was sealed."""
    number, waiting = 0, b""
    async for part in parts:
        waiting += part
        while len(waiting) > _FRAME_BYTES + _TAG_BYTES:  # more follows, so this frame is not the last one
            frame, waiting = waiting[: _FRAME_BYTES + _TAG_BYTES], waiting[_FRAME_BYTES + _TAG_BYTES :]
            yield _opened(key, file_id, number, frame, last=False)
            number += 1
    yield _opened(key, file_id, number, waiting, last=True)


def _opened(key: AESGCM, file_id: str, number: int, frame: bytes, *, last: bool) -> bytes:
    try:
        return key.decrypt(_nonce(number, last=last), frame, file_id.encode())
    except InvalidTag:
        raise Unreadable("the file is not as it was sealed") from None


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])
