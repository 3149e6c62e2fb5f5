"""What is stored of a picture is what was sent, pixel by pixel, whatever its depth and its kind of colours; or it is refused."""

import io
import random
import zlib

import made_files as made
import pytest
from drawn import FORMS, GREY, PALETTE, RGB, Pixel, palette, png, ramp, shown
from PIL import Image, ImageCms

from ombud_files.report import FileRefused, Why
from ombud_files.worker import outcome


def pixels_of(content: bytes) -> list[Pixel]:
    picture = Image.open(io.BytesIO(content)).convert("RGBA")
    return list(picture.get_flattened_data())  # type: ignore[arg-type]


def stored(content: bytes) -> list[Pixel]:
    return pixels_of(outcome(content, "")[1])


def furthest(one: list[Pixel], other: list[Pixel]) -> int:
    """The greatest difference of two samples; a colour that is wholly transparent counts as any other of its kind."""
    assert len(one) == len(other)
    pairs = [(a, b) for a, b in zip(one, other, strict=True) if a[3] or b[3]]
    return max(abs(x - y) for a, b in pairs for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize(("kind", "depth"), FORMS)
def test_a_png_of_any_depth_and_kind_keeps_its_pixels(kind: int, depth: int) -> None:
    """INVARIANT: would break if samples of more than eight bits were clipped: a scan would be kept as a white sheet."""
    rows = ramp(kind, depth)
    if kind == PALETTE:
        table, colours = palette(depth)
        content = png(kind, depth, rows, (b"PLTE", table))
        expected = [colours[index] for row in rows for (index,) in row]
    else:
        content = png(kind, depth, rows)
        expected = [shown(kind, depth, pixel) for row in rows for pixel in row]
    assert furthest(stored(content), expected) <= (1 if depth == 16 else 0)


def test_a_scan_of_sixteen_bits_keeps_all_its_greys() -> None:
    rows = [[(x * 257,) for x in range(256)]]
    assert [pixel[0] for pixel in stored(png(GREY, 16, rows))] == list(range(256))


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_a_transparent_grey_is_that_grey_alone(depth: int) -> None:
    most = (1 << depth) - 1
    for key in {0, 1, most // 2, most - 1, most}:
        rows = ramp(GREY, depth)
        rows[0][3] = (key,)
        rows[0][4] = (key ^ 1,)
        opacity = [pixel[3] for pixel in stored(png(GREY, depth, rows, (b"tRNS", key.to_bytes(2))))]
        assert opacity == [0 if pixel == (key,) else 255 for row in rows for pixel in row]


def test_a_transparent_colour_of_sixteen_bits_is_refused_where_it_cannot_be_told_from_its_neighbour() -> None:
    key = (0x1234, 0x5678, 0x9ABC)
    trns = b"".join(sample.to_bytes(2) for sample in key)
    with pytest.raises(FileRefused) as refused:
        outcome(png(RGB, 16, [[key, (0x1235, 0x5678, 0x9ABC)]], (b"tRNS", trns)), "")
    assert refused.value.why == Why.DAMAGED
    assert stored(png(RGB, 16, [[(0, 0, 0), (65_535, 0, 0)]], (b"tRNS", trns))) == [(0, 0, 0, 255), (255, 0, 0, 255)]


def test_a_transparent_colour_of_eight_bits_and_a_transparent_index_stay() -> None:
    trns = b"\x00\xff\x00\x00\x00\x00"
    assert [p[3] for p in stored(png(RGB, 8, [[(255, 0, 0), (254, 0, 0)]], (b"tRNS", trns)))] == [0, 255]
    table, _colours = palette(2)
    rows = [[(0,), (1,), (2,), (3,)]]
    assert [p[3] for p in stored(png(PALETTE, 2, rows, (b"PLTE", table), (b"tRNS", b"\xff\x00\x80")))] == [
        255,
        0,
        128,
        255,
    ]


@pytest.mark.parametrize("form", ["GIF", "WEBP"])
def test_a_drawing_of_few_colours_keeps_each(form: str) -> None:
    drawn = Image.new("RGB", (64, 64))
    shades = random.Random(7)
    colours = [(shades.randrange(256), shades.randrange(256), shades.randrange(256)) for _ in range(200)]
    drawn.putdata([colours[(x * 31 + y * 17) % 200] for y in range(64) for x in range(64)])
    content = made.saved(drawn, form, **({"lossless": True} if form == "WEBP" else {}))
    assert stored(content) == pixels_of(content)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_of_any_colours_looks_as_it_did(mode: str) -> None:
    drawn = Image.linear_gradient("L").resize((96, 96)).convert(mode)
    content = made.saved(drawn, "JPEG", quality=95)
    assert furthest(stored(content), pixels_of(content)) <= 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_it_says_whatever_its_depth(orientation: int) -> None:
    exif = Image.Exif()
    exif[made.ORIENTATION_TAG] = orientation
    rows = [[(0,), (20_000,)], [(40_000,), (65_535,)], [(10_000,), (50_000,)]]
    content = png(GREY, 16, rows, (b"eXIf", exif.tobytes().removeprefix(b"Exif\x00\x00")))
    kept = Image.open(io.BytesIO(outcome(content, "")[1]))
    assert kept.size == ((2, 3) if orientation < 5 else (3, 2))
    brightest = {1: (1, 1), 2: (0, 1), 3: (0, 1), 4: (1, 1), 5: (1, 1), 6: (1, 1), 7: (1, 0), 8: (1, 0)}[orientation]
    assert kept.convert("L").getpixel(brightest) == 255


def test_every_frame_of_a_moving_picture_keeps_its_colours() -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ((200, 10, 10), (10, 200, 10), (10, 10, 200))]
    content = made.saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=70)
    kept = Image.open(io.BytesIO(outcome(content, "")[1]))
    for number, drawn in enumerate(frames):
        kept.seek(number)
        assert kept.convert("RGB").getpixel((8, 8)) == drawn.getpixel((8, 8))


@pytest.mark.parametrize("frames", [1, 3])
def test_a_lossless_picture_stays_lossless_whatever_stands_before_its_pixels(frames: int) -> None:
    """INVARIANT: would break if the kind of its pixels were looked for at the beginning of the file alone."""
    drawn = Image.effect_noise((48, 48), 90).convert("RGBA")
    drawn.putalpha(Image.linear_gradient("L").resize((48, 48)))
    others = [drawn.rotate(90 * turn) for turn in range(1, frames)]
    moving = {"save_all": True, "append_images": others, "duration": 70} if others else {}
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = made.saved(drawn, "WEBP", lossless=True, exact=True, icc_profile=profile, **moving)
    assert furthest(stored(content), pixels_of(content)) == 0


BROKEN = b"a note that no program wrote"


@pytest.mark.parametrize("chunk", [(b"eXIf", BROKEN), (b"iCCP", b"name\x00\x00" + zlib.compress(BROKEN))])
def test_a_png_with_broken_notes_keeps_its_pixels(chunk: tuple[bytes, bytes]) -> None:
    rows = ramp(RGB, 8)
    assert stored(png(RGB, 8, rows, chunk)) == stored(png(RGB, 8, rows))


@pytest.mark.parametrize("note", [{"exif": b"Exif\x00\x00" + BROKEN}, {"icc_profile": BROKEN}])
@pytest.mark.parametrize("form", ["JPEG", "WEBP", "PNG"])
def test_a_picture_with_broken_notes_is_the_picture_without_them(form: str, note: dict[str, bytes]) -> None:
    drawn = Image.linear_gradient("L").resize((32, 32)).convert("RGB")
    assert stored(made.saved(drawn, form, **note)) == stored(made.saved(drawn, form))
