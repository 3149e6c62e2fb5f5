"""Videos as cameras and browsers make them: taken, with every frame as it was, without a place, and of a known length."""

import struct
from dataclasses import replace

import made_files as made
import made_videos as video
import pytest
from made_videos import PICTURES, PLACE, SHOWN, SOUND, Track

from ombud_files.report import FileRefused, Why
from ombud_files.worker import outcome

GOPRO = b"DEVC\x00\x01\x00 STRMGPS5" + PLACE
NMEA = b"$GPRMC,123355,A,5656.976,N,02406.312,E" + PLACE


def kept_of(content: bytes) -> bytes:
    return outcome(content, "")[1]


def why(content: bytes) -> Why:
    with pytest.raises(FileRefused) as refused:
        outcome(content, "")
    return refused.value.why


@pytest.mark.parametrize("brand", [b"XAVC", b"mp71", b"dash", b"NVR1", b"MSNV", b"3gp6", b"GOPR", b"isml", b"iso8"])
def test_an_mp4_is_told_by_any_brand_that_it_is_compatible_with(brand: bytes) -> None:
    content = video.camera(PICTURES, SOUND, brand=brand)
    assert outcome(content, "")[0].media_type == "video/mp4"
    assert kept_of(content) == content


@pytest.mark.parametrize("brand", [b"heic", b"avif", b"mif1", b"crx "])
def test_a_picture_in_the_container_of_videos_is_not_one(brand: bytes) -> None:
    assert why(video.camera(PICTURES, brand=brand)) == Why.UNKNOWN_TYPE


PLACES = {
    "GoPro's track": video.camera(PICTURES, SOUND, Track(b"meta", GOPRO, b"gpmd", len(GOPRO))),
    "Apple's track": video.camera(PICTURES, SOUND, Track(b"meta", PLACE, b"mebx", len(PLACE))),
    "Google's track": video.camera(PICTURES, Track(b"camm", PLACE, b"camm", len(PLACE))),
    "Sony's track": video.camera(PICTURES, Track(b"meta", PLACE, b"rtmd", len(PLACE))),
    "a drone's subtitles": video.camera(PICTURES, Track(b"text", NMEA, b"tx3g", len(NMEA))),
    "another drone's subtitles": video.camera(PICTURES, Track(b"sbtl", PLACE, b"tx3g", len(PLACE))),
    "a track of a kind that nobody knows": video.camera(PICTURES, Track(b"xyz1", PLACE, b"xyz1", len(PLACE))),
    "an unused box": video.camera(PICTURES, before=made.box(b"free", b"freeGPS " + NMEA)),
    "another unused box": video.camera(PICTURES, before=made.box(b"skip", PLACE)),
    "a box of the vendor": video.camera(PICTURES, before=made.box(b"gps0", PLACE)),
    "a box of the vendor in the header": video.camera(PICTURES, moov=made.box(b"gps ", PLACE)),
    "user data": video.camera(PICTURES, moov=made.box(b"udta", made.box(b"\xa9xyz", PLACE))),
    "3GPP's location": video.camera(PICTURES, moov=made.box(b"udta", made.box(b"loci", PLACE))),
    "Apple's metadata": video.camera(PICTURES, moov=made.box(b"meta", b"com.apple.quicktime.location.ISO6709" + PLACE)),
    "XMP": video.camera(PICTURES, before=made.box(b"uuid", bytes(16) + PLACE)),
    "between the samples": video.camera(PICTURES, SOUND, between=b"freeGPS " + NMEA),
    "the name of a track": video.camera(replace(PICTURES, named=PLACE)),
    "the name of a coder": video.camera(replace(PICTURES, described=bytes(42) + PLACE.ljust(36, b"\x00"))),
    "beside the coder of pictures": video.camera(replace(PICTURES, described=bytes(78) + made.box(b"uuid", PLACE))),
    "beside the coder of sound": video.camera(PICTURES, replace(SOUND, described=bytes(28) + made.box(b"udta", PLACE))),
    "QuickTime's coder of sound": video.camera(
        PICTURES, replace(SOUND, described=bytes(9) + b"\x01" + bytes(34) + made.box(b"free", PLACE))
    ),
    "the address of a file": video.camera(
        replace(PICTURES, media=made.box(b"dinf", video.full(b"dref", 1) + made.box(b"url ", bytes(4) + PLACE)))
    ),
    "the list of files": video.camera(
        replace(PICTURES, media=made.box(b"dinf", made.box(b"dref", bytes(8) + made.box(b"url ", bytes(4) + PLACE))))
    ),
    "another handler": video.camera(replace(PICTURES, media=made.box(b"hdlr", bytes(24) + PLACE))),
    "behind a header of fixed length": video.camera(replace(PICTURES, media=made.box(b"vmhd", bytes(12) + PLACE))),
    "objects of MPEG-4": video.camera(PICTURES, moov=made.box(b"iods", PLACE)),
    "WebM's program": video.browser(0, header=made.element(0x4D80, PLACE)),
    "WebM's writer": video.browser(0, header=made.element(0x5741, PLACE)),
    "WebM's family of files": video.browser(0, header=made.element(0x4444, PLACE)),
    "WebM's element that nobody knows": video.browser(0, header=made.element(0x4FFF, PLACE)),
    "fragments": video.recorded(3, other=PLACE),
    "WebM's metadata track": video.browser(0, 1, note=PLACE),
    "WebM's empty element": video.browser(0, header=made.element(0xEC, PLACE)),
    "WebM's title": video.browser(0, header=made.element(0x7BA9, PLACE)),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_place_is_blanked_wherever_a_camera_put_it(name: str) -> None:
    """INVARIANT: would break if kinds of notes were listed, and not what is kept: the next camera writes another one."""
    content = PLACES[name]
    kept = kept_of(content)
    assert PLACE in content
    assert b"56.9496" not in kept
    assert len(kept) == len(content), "nothing moved"
    assert kept.count(b"\x11" * 100) == content.count(b"\x11" * 100), "the pictures stayed"
    assert kept_of(kept) == kept


def test_what_is_shown_and_heard_stays_byte_for_byte() -> None:
    content = video.camera(PICTURES, SOUND, Track(b"meta", GOPRO, b"gpmd", len(GOPRO)))
    kept = kept_of(content)
    for samples in (SHOWN, video.HEARD):
        assert kept.find(samples) == content.find(samples)


@pytest.mark.parametrize(
    "mark", [b"<SvG ", b"<html>", b"<?php", b"PK\x05\x06" + bytes(18), b"PK\x05\x06" + b"\x01\x00" * 9]
)
def test_film_data_may_hold_any_bytes(mark: bytes) -> None:
    content = video.camera(Track(b"vide", mark + bytes(100 - len(mark))))
    assert kept_of(content) == content


@pytest.mark.parametrize(
    ("content", "taken"),
    [
        (video.recorded(60), True),
        (video.recorded(600), False),
        (video.recorded(3, header=video.full(b"mehd", 600_000)), False),
        (video.recorded(3, header=video.full(b"mehd", 60_000)), True),
        (video.recorded(0), False),
        (video.browser(0, 1, 60), True),
        (video.browser(0, 1, 600), False),
        (video.browser(7_000, 7_060), True),
        (video.browser(0, 600, of_unknown_size=False), False),
        (video.browser(0, 1, header=made.element(0x4489, struct.pack(">d", 600_000.0))), False),
        (video.browser(0, 600, header=made.element(0x4489, struct.pack(">d", 5_000.0))), False),
    ],
)
def test_a_video_is_as_long_as_its_frames_whatever_its_header_says(content: bytes, taken: bool) -> None:
    """INVARIANT: would break if a header without a length stood for a short video."""
    content += made.box(b"mdat", b"") if content[4:8] == b"ftyp" else b""
    assert kept_of(content) if taken else why(content) == Why.TOO_LONG


@pytest.mark.parametrize("length", [video.UNKNOWN, b"\xff", b"\x7f\xff"])
def test_a_browser_need_not_know_how_long_its_parts_become(length: bytes) -> None:
    content = video.browser(0, 1, 2, length=length)
    assert kept_of(content) == content
    assert why(content + made.webm()) == Why.SEVERAL_FILES
    assert why(content[:-3]) == Why.TRUNCATED


def test_only_a_segment_and_a_cluster_may_be_of_unknown_size() -> None:
    content = made.webm().replace(made.element(0x1654AE6B, b"")[:4] + b"\x01", b"\x16\x54\xae\x6b\x01\xff", 1)
    assert why(content) in (Why.DAMAGED, Why.TRUNCATED)


def test_what_decodes_a_track_is_kept() -> None:
    coder = made.box(b"avcC", b"\x01\x64\x00\x1f") + made.box(b"colr", b"nclx" + bytes(7))
    sound = made.box(b"esds", bytes(4) + b"\x03\x19")
    content = video.camera(
        replace(PICTURES, described=bytes(78) + coder),
        replace(SOUND, described=bytes(28) + sound),
    )
    assert kept_of(content) == content


def test_a_reference_to_a_file_leads_into_the_file_itself() -> None:
    url = made.box(b"url ", bytes(4) + b"http://other.example/")
    content = video.camera(replace(PICTURES, media=made.box(b"dinf", made.box(b"dref", bytes(8) + url))))
    kept = kept_of(content)
    assert b"other.example" not in kept
    assert kept[kept.index(b"url ") + 4 :][:4] == b"\x00\x00\x00\x01"
