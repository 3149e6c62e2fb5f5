"""Photographs as telephones make them: taken, as the same photograph without what the telephone put around it."""

import io
import struct

import made_files as made
import pytest
from PIL import Image

from ombud_files.disguise import refuse_archives
from ombud_files.endings import walked
from ombud_files.kinds import JPEG, PNG, WEBP
from ombud_files.report import FileRefused, Why
from ombud_files.worker import outcome

PHOTO = made.picture()
TRAILERS = {
    "vivo": b'streamdata\x01\x02vivo{"version":"1.0"}\x00\x00\x00\x1bcameraalbum{"mode":1}',
    "OnePlus": b'{"a":1}\x0c\x00\x00\x00jxrs',
    "Samsung": b"Image_UTC_Data1764332035123SEFHe\x00\x00\x00\x01\x00\x00\x00SEFT",
    "Huawei": b"\x00\x00DepthVn\x00" + b"LIVE_123456",
    "Xiaomi": b'<?xml version="1.0"?><depthmap focallength="1"/>',
    "a camera": b"AXS!\x00\x01\x00\x02AFCP",
    "padding": b"\xff" * 40,
    "other padding": b"\x00\xff\x00\r\n",
    "a name that nobody knows": b"qzfw\x00\x00\x00\x10" + bytes(range(256)),
    "a second picture": PHOTO,
    "a moving picture": made.mp4(),
    "a moving picture and its index": made.mp4() + b"MotionPhoto_Data\x01\x02SEFT",
}
NOT_A_TELEPHONE = {
    "a program": b"MZ\x90\x00" + bytes(100),
    "a program for Linux": b"\x7fELF" + bytes(100),
    "a script": b"#!/bin/sh\nrm -r /\n",
    "an archive": b"\x00notes" + b"Rar!\x1a\x07\x01\x00",
    "another archive": b"7z\xbc\xaf\x27\x1c" + bytes(40),
    "a ZIP": made.a_zip(),
    "a page": b"\x00\x00<html><script>alert(1)</script></html>",
    "a script of a server": b"vivo<?php system($_GET[0]); ?>",
}


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("vendor", TRAILERS)
def test_what_a_telephone_puts_behind_a_picture_is_let_pass_and_not_kept(vendor: str, form: str) -> None:
    """INVARIANT: would break if trailers were listed by vendor: the next telephone has another one."""
    plain = made.picture(form)
    assert outcome(plain + TRAILERS[vendor], "") == outcome(plain, "")


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("name", NOT_A_TELEPHONE)
def test_what_other_programs_would_run_or_unpack_is_refused(name: str, form: str) -> None:
    with pytest.raises(FileRefused) as refused:
        outcome(made.picture(form) + NOT_A_TELEPHONE[name], "")
    assert refused.value.why == Why.SEVERAL_FILES


def several_pictures(main: bytes, *others: bytes) -> bytes:
    """A JPEG with further pictures behind the main one, and their index in front (CIPA DC-007)."""
    count = 1 + len(others)
    entries = struct.pack("<HHI4s", 0xB000, 7, 4, b"0100") + struct.pack("<HHII", 0xB001, 4, 1, count)
    entries += struct.pack("<HHII", 0xB002, 7, 16 * count, 8 + 2 + 3 * 12 + 4)
    header = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 3) + entries + bytes(4)
    segment_bytes = 4 + 4 + len(header) + 16 * count
    at, rows = len(main) + segment_bytes - 8, struct.pack("<IIIHH", 0x030000, len(main) + segment_bytes, 0, 0, 0)
    for other in others:
        rows += struct.pack("<IIIHH", 0, len(other), at, 0, 0)
        at += len(other)
    body = b"MPF\x00" + header + rows
    return main[:2] + b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body + main[2:] + b"".join(others)


def test_gain_maps_and_depths_count_as_nothing() -> None:
    """INVARIANT: would break if every picture of a file had the size of the first one."""
    main = made.saved(Image.new("L", (8_000, 6_000), 120), "JPEG", quality=30)
    extra = made.saved(Image.new("L", (2_000, 1_500), 9), "JPEG", quality=30)
    content = several_pictures(main, extra, extra)
    assert getattr(Image.open(io.BytesIO(content)), "n_frames", 1) == 3
    assert outcome(content, "")[1] == outcome(main, "")[1]


def test_a_main_picture_of_too_many_pixels_is_refused_however_small_its_gain_map() -> None:
    content = several_pictures(made.saved(Image.new("L", (9_000, 8_000)), "JPEG", quality=10), PHOTO)
    with pytest.raises(FileRefused) as refused:
        outcome(content, "")
    assert refused.value.why == Why.TOO_MANY_PIXELS


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 20}, {"subsampling": 0}])
def test_a_jpeg_that_has_all_its_pixels_needs_no_end_mark(options: dict[str, object]) -> None:
    whole = made.saved(Image.linear_gradient("L").convert("RGB"), "JPEG", **options)
    assert outcome(whole[:-2], "") == outcome(whole, "")
    assert outcome(whole[:-1], "") == outcome(whole, "")
    for missing in (40, 400, 1_000):
        with pytest.raises(FileRefused) as refused:
            outcome(whole[:-missing], "")
        assert refused.value.why == Why.TRUNCATED


@pytest.mark.parametrize("mark", [b"<svg ", b"<SCRIPT", b"<html", b"%PDF-", b"PK\x05\x06"])
def test_compressed_pixels_may_hold_any_bytes(mark: bytes) -> None:
    """INVARIANT: would break if a photograph of noise could be taken for a page."""
    for form, kind in (("JPEG", JPEG), ("PNG", PNG), ("WEBP", WEBP)):
        content = made.with_pixels_that_hold(mark, form)
        assert walked(content, kind).end == len(content)
        refuse_archives(content)
    assert outcome(made.with_pixels_that_hold(mark, "PNG"), "")[0].media_type == "image/png"


@pytest.mark.parametrize(
    "comment", [b"<svg x", b"drawn with a < b > c", b"LEAD Technologies Inc. V1.01", b"\xff\xfe\x00"]
)
def test_a_comment_is_let_pass_and_not_kept(comment: bytes) -> None:
    kept = outcome(made.picture(comment=comment), "")[1]
    assert comment not in kept
