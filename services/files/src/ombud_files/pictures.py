"""Pictures: decoded by Pillow, written anew without anything but the picture, and their bar codes read by zxing-cpp."""

import io
import warnings
from collections.abc import Callable, Sequence
from itertools import islice

import zxingcpp
from PIL import Image, ImageSequence

from ombud_files.endings import walked
from ombud_files.kinds import GIF, JPEG, PNG, WEBP, FileKind
from ombud_files.pixels import plain
from ombud_files.report import FileRefused, Passage, Place, Report, Why, bounded

PIXELS = 64_000_000
"""Of one picture, and of all frames of a moving one together."""
FRAMES = 100
_CODES = 20
_QUALITY = 90
_HEAD_BYTES = 64
_END_OF_JPEG = b"\xff\xd9"
_OTHER_BITS = b"\x55\xb2" * 512
Reader = Callable[[Image.Image], Sequence[str]]
"""Reads the printed words of a picture."""


def read_picture(content: bytes, kind: FileKind, words: Reader | None = None) -> tuple[Report, bytes]:
    """Return what a picture is, and its pixels alone as a file. Raises FileRefused."""
    way = walked(content, kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own warnings about size: the limits here are stricter
        try:
            frames, durations = _frames(content, kind) if way.ended else _frames_without_end(content, kind)
            kept = _written(frames, durations, kind, lossless=way.lossless)
        except (OSError, ValueError, SyntaxError, IndexError, TypeError, EOFError) as error:
            raise FileRefused(Why.TRUNCATED if "truncated" in str(error) else Why.DAMAGED) from None
    passages = [passage for frame in frames for passage in codes_in(frame)]
    if words is not None:
        passages += [Passage(Place.PICTURE, text) for text in words(frames[0])]
    return Report(kind.media_type, kind.extension, bounded(passages)), kept


def load_formats() -> None:
    """Load what decodes and writes pictures; later there is no way to any other file."""
    for kind in _PILLOW:
        frames = [Image.new("RGB", (8, 8), shade) for shade in ("white", "grey")]
        read_picture(_written(frames[: 1 if kind is JPEG else 2], [50, 50], kind, lossless=False), kind)


def codes_in(picture: Image.Image) -> list[Passage]:
    """Return the texts of the bar codes in a picture."""
    found = zxingcpp.read_barcodes(picture.convert("L"))
    return [Passage(Place.PICTURE, code.text, code.format.name) for code in found[:_CODES]]


def _frames(content: bytes, kind: FileKind) -> tuple[list[Image.Image], list[int]]:
    """Return the frames of a picture. What follows the first one in a JPEG are gain maps, depths and previews."""
    Image.MAX_IMAGE_PIXELS = None  # refused below, before anything is decoded
    picture = Image.open(io.BytesIO(content), formats=[_PILLOW[kind]])
    width, height = picture.size
    count = 1 if kind is JPEG else getattr(picture, "n_frames", 1)
    if count > FRAMES or count * width * height > PIXELS:
        raise FileRefused(Why.TOO_MANY_PIXELS)
    frames, durations = [], []
    for frame in islice(ImageSequence.Iterator(picture), count):
        frames.append(plain(frame, content[:_HEAD_BYTES]))
        durations.append(int(frame.info.get("duration", 100)))
    return frames, durations


def _frames_without_end(content: bytes, kind: FileKind) -> tuple[list[Image.Image], list[int]]:
    """Return the frames of a JPEG that has all its pixels and no end mark. Raises FileRefused when pixels are missing.

    A decoder makes missing pixels up from whatever follows: two ways to go on show whether it had to.
    """
    content = content.rstrip(b"\xff")  # the first byte of a marker: compressed data never end with it
    frames, durations = _frames(content + _END_OF_JPEG, kind)
    try:
        otherwise, _ = _frames(content + _OTHER_BITS + _END_OF_JPEG, kind)
    except OSError:
        raise FileRefused(Why.TRUNCATED) from None
    if frames[0].tobytes() != otherwise[0].tobytes():
        raise FileRefused(Why.TRUNCATED)
    return frames, durations


def _written(frames: list[Image.Image], durations: list[int], kind: FileKind, *, lossless: bool) -> bytes:
    out = io.BytesIO()
    first, *others = frames
    if kind is JPEG:
        first.convert("RGB").save(out, "JPEG", quality=_QUALITY)
    elif len(frames) == 1:
        first.save(out, _PILLOW[kind], quality=_QUALITY, lossless=lossless, exact=lossless)
    else:
        moving = {"save_all": True, "append_images": others, "duration": durations, "loop": 0}
        first.save(out, _PILLOW[kind], quality=_QUALITY, lossless=lossless, exact=lossless, **moving)
    return out.getvalue()


_PILLOW = {JPEG: "JPEG", PNG: "PNG", GIF: "GIF", WEBP: "WEBP"}
