"""Sealed files: what was changed, cut, swapped or sealed for another file is unreadable, and memory stays small."""

import io
from collections.abc import AsyncIterator, Sequence

import pytest
from cryptography.fernet import Fernet

from chassis.sealed_files import file_key, new_file_key, opened_frames, sealed_frames
from chassis.sealing import Unreadable

KEY, WRAPPED = new_file_key(CONVERSATION := Fernet(Fernet.generate_key()))
FRAME = 65_536


async def frames(content: bytes) -> list[bytes]:
    return [frame async for frame in sealed_frames(KEY, "fil_1", io.BytesIO(content))]


async def parts(content: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


async def read(sealed: Sequence[bytes], file_id: str = "fil_1", size: int = 50_000) -> bytes:
    key = file_key(CONVERSATION, WRAPPED)
    return b"".join([frame async for frame in opened_frames(key, file_id, parts(b"".join(sealed), size))])


@pytest.mark.parametrize("length", [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 3 * FRAME + 7])
@pytest.mark.parametrize("size", [1_000, 261_120])
async def test_a_file_is_opened_as_it_was_sealed(length: int, size: int) -> None:
    content = bytes(n % 251 for n in range(length))
    assert await read(await frames(content), size=size) == content


async def test_frames_cannot_be_changed_swapped_repeated_or_left_out() -> None:
    """INVARIANT: would break if a nonce did not say where a frame stands, or which one is the last."""
    first, second, third = await frames(bytes(2 * FRAME + 9))
    for wrong in (
        [second, first, third],
        [first, third],
        [first, second],
        [first],
        [],
        [first, first, third],
        [first, second, third, third],
        [first, second, third[:-1]],
        [first[:-1] + b"x", second, third],
    ):
        with pytest.raises(Unreadable):
            await read(wrong)


async def test_a_file_cannot_stand_in_for_another_one() -> None:
    with pytest.raises(Unreadable):
        await read(await frames(b"abc"), file_id="fil_2")


def test_without_the_conversations_key_a_files_key_is_nothing() -> None:
    with pytest.raises(Unreadable):
        file_key(Fernet(Fernet.generate_key()), WRAPPED)
