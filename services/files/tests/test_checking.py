"""The process that opens a file: what it tells arrives whole, and what it may not take it does not get."""

import io
import os
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile

import made_files as made
import pytest
from PIL import Image

from ombud_files.checking import Checked, FileChecks, Limits
from ombud_files.ocr import available
from ombud_files.report import CHARACTERS, FileRefused, Place, Why

LIMITS = Limits(seconds=60)


async def checked(content: bytes, limits: Limits = LIMITS) -> Checked:
    with TemporaryFile() as file:
        file.write(content)
        return await FileChecks(limits).check(file)


async def refused(content: bytes, limits: Limits = LIMITS) -> Why:
    with pytest.raises(FileRefused) as refusal:
        await checked(content, limits)
    return refusal.value.why


async def test_what_is_kept_is_what_was_measured() -> None:
    taken = await checked(made.photograph())
    with taken.kept as kept:
        content = kept.read()
    assert (len(content), taken.report.media_type) == (taken.length, "image/jpeg")
    assert b"ecret" not in content


async def test_a_refusal_comes_back_as_its_code() -> None:
    assert await refused(made.locked_document()) == Why.ENCRYPTED
    assert await refused(b"") == Why.EMPTY


async def test_very_much_to_tell_arrives_whole() -> None:
    """More than a pipe holds at once."""
    taken = await checked(made.document("\\\\" * 9_000 + " end"))
    taken.kept.close()
    assert len(taken.report.passages[0].text) > 8_000
    long = await checked(made.document("a b " * 9_000))
    long.kept.close()
    assert sum(len(p.text) for p in long.report.passages) <= CHARACTERS


async def test_a_file_that_takes_too_long_is_given_up() -> None:
    assert await refused(made.picture(), replace(LIMITS, seconds=0)) == Why.TOO_COSTLY


async def test_a_file_that_takes_too_much_memory_is_given_up() -> None:
    """INVARIANT: would break if the limit were set after the libraries had the bytes, or not at all."""
    little = replace(LIMITS, memory_bytes=500_000_000)
    (await checked(made.picture(), little)).kept.close()
    large = io.BytesIO()
    Image.new("RGBA", (7_900, 7_900)).save(large, "PNG")
    assert await refused(large.getvalue(), little) == Why.TOO_COSTLY
    (await checked(large.getvalue())).kept.close()


def unnamed_files() -> set[str]:
    """Return the files that this process holds open and that have no name any more: what TemporaryFile makes."""
    named: set[str] = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists them is closed by now
            named.add(str(descriptor.readlink()))
    return {name for name in named if name.endswith(" (deleted)")}


async def test_nothing_is_left_of_a_file_that_is_refused() -> None:
    """INVARIANT: would break if what a refused file left were closed only when its refusal is forgotten."""
    with TemporaryFile() as file:
        file.write(b"nothing")
        before = unnamed_files()
        with pytest.raises(FileRefused) as refusal:
            await FileChecks(LIMITS).check(file)
        assert refusal.tb is not None  # it holds what was open then
        assert unnamed_files() <= before != set()


def test_the_process_that_opens_files_does_not_load_what_holds_keys() -> None:
    """INVARIANT: would break if the worker imported the service's own modules."""
    loaded = os.popen(f"{sys.executable} -I -X importtime -m ombud_files.worker 1 1 1 1 '' 2>&1").read()
    assert "ombud_files.report" in loaded
    for name in ("chassis.sealing", "chassis", "pymongo", "fastapi"):
        assert name not in loaded


@pytest.mark.skipif(not available("rapidocr"), reason="the extra ocr is not installed")
async def test_printed_words_are_read_where_the_extra_is_installed() -> None:
    from PIL import ImageDraw, ImageFont

    drawn = Image.new("RGB", (600, 200), "white")
    ImageDraw.Draw(drawn).text((20, 60), "+371 29123456", fill="black", font=ImageFont.load_default(40))
    taken = await checked(made.saved(drawn, "PNG"), replace(LIMITS, words="rapidocr", memory_bytes=3_000_000_000))
    taken.kept.close()
    assert [(p.place, "29123456" in p.text) for p in taken.report.passages] == [(Place.PICTURE, True)]
