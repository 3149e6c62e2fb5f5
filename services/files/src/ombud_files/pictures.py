"""Pictures: decoded by Pillow, written anew without anything but the picture, and their bar codes read by zxing-cpp."""

import io
import warnings
from collections.abc import Callable, Sequence

import zxingcpp
from PIL import Image, ImageCms, ImageOps, ImageSequence

from ombud_files.endings import refuse_what_follows
from ombud_files.kinds import GIF, JPEG, PNG, WEBP, FileKind
from ombud_files.report import FileRefused, Passage, Place, Report, Why, bounded

PIXELS = 64_000_000
"""Of one picture, and of all frames of a moving one together."""
FRAMES = 100
SIDE = 4096
"""A longer side is scaled down to this: enough to read a serial number, and bounds what is decoded again later."""
_CODES = 20
_QUALITY = 90
Reader = Callable[[Image.Image], Sequence[str]]
"""Reads the printed words of a picture."""


def read_picture(content: bytes, kind: FileKind, words: Reader | None = None) -> tuple[Report, bytes]:
    """Return what a picture is, and its pixels alone as a file. Raises FileRefused."""
    refuse_what_follows(content, kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own warnings about size: the limits here are stricter
        try:
            frames, durations = _frames(content, kind)
            kept = _written(frames, durations, kind)
        except (OSError, ValueError, SyntaxError, IndexError, TypeError, EOFError) as error:
            raise FileRefused(Why.TRUNCATED if "truncated" in str(error) else Why.DAMAGED) from None
    passages = [passage for frame in frames for passage in codes_in(frame)]
    if words is not None:
        passages += [Passage(Place.PICTURE, text) for text in words(frames[0])]
    return Report(kind.media_type, kind.extension, bounded(passages)), kept


def codes_in(picture: Image.Image) -> list[Passage]:
    """Return the texts of the bar codes in a picture."""
    found = zxingcpp.read_barcodes(picture.convert("L"))
    return [Passage(Place.PICTURE, code.text, code.format.name) for code in found[:_CODES]]


def _frames(content: bytes, kind: FileKind) -> tuple[list[Image.Image], list[int]]:
    Image.MAX_IMAGE_PIXELS = None  # refused below, before anything is decoded
    picture = Image.open(io.BytesIO(content), formats=[_PILLOW[kind]])
    width, height = picture.size
    count = getattr(picture, "n_frames", 1)
    if count > FRAMES or count * width * height > PIXELS:
        raise FileRefused(Why.TOO_MANY_PIXELS)
    frames, durations = [], []
    for frame in ImageSequence.Iterator(picture):
        frames.append(_plain(frame))
        durations.append(int(frame.info.get("duration", 100)))
    return frames, durations


def _plain(frame: Image.Image) -> Image.Image:
    """Return the pixels as they are to be seen: turned, in common colours, of a size that a screen shows."""
    turned = ImageOps.exif_transpose(frame)
    transparent = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
    plain = _in_common_colours(turned).convert("RGBA" if transparent else "RGB")
    plain.thumbnail((SIDE, SIDE))
    alone = Image.new(plain.mode, plain.size)
    alone.paste(plain)  # a picture made here carries none of the notes that the other one came with
    return alone


def _in_common_colours(picture: Image.Image) -> Image.Image:
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "RGBA"):
        return picture
    try:
        common = ImageCms.profileToProfile(
            picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        )
    except ImageCms.PyCMSError:
        return picture  # the profile is broken: its colours are taken as common ones
    return common or picture


def _written(frames: list[Image.Image], durations: list[int], kind: FileKind) -> bytes:
    out = io.BytesIO()
    first, *others = frames
    if kind is JPEG:
        first.convert("RGB").save(out, "JPEG", quality=_QUALITY)
    elif len(frames) == 1:
        first.save(out, _PILLOW[kind], quality=_QUALITY)
    else:
        first.save(
            out, _PILLOW[kind], save_all=True, append_images=others, duration=durations, loop=0, quality=_QUALITY
        )
    return out.getvalue()


_PILLOW = {JPEG: "JPEG", PNG: "PNG", GIF: "GIF", WEBP: "WEBP"}
