"""The pixels of a picture as a screen shows them: eight bits a channel, upright, in common colours, of a bounded size.

No sample is clipped on the way: sixteen bits are rounded to eight, and a transparent colour stays exactly the colour that it was.
"""

import io
import struct

from PIL import Image, ImageCms, ImageOps

from ombud_files.report import FileRefused, Why

SIDE = 4096
"""A longer side is scaled down to this: enough to read a serial number, and bounds what is decoded again later."""
_GREY = 0
_RGB = 2


def plain(frame: Image.Image, head: bytes = b"") -> Image.Image:
    """Return a frame as RGB, or as RGBA when something of it is transparent. `head` is the beginning of a PNG file.

    Raises FileRefused when the pixels cannot be told as they were sent.
    """
    deep, kind = _depth_and_kind(head)
    profile = frame.info.get("icc_profile")
    if frame.mode.startswith("I"):
        eight = _from_sixteen(frame)
    elif deep == 16 and kind == _RGB and "transparency" in frame.info:
        eight = _opaque_of_sixteen(frame)
    elif deep < 8 and kind == _GREY and "transparency" in frame.info:
        eight = _from_few_bits(frame, deep)
    else:
        transparent = frame.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in frame.info
        eight = _in_common_colours(frame, profile).convert("RGBA" if transparent else "RGB")
    turned = ImageOps.exif_transpose(_with_orientation(eight, frame))
    turned.thumbnail((SIDE, SIDE))
    alone = Image.new(turned.mode, turned.size)
    alone.paste(turned)  # a picture made here carries none of the notes that the other one came with
    return alone


def _depth_and_kind(head: bytes) -> tuple[int, int]:
    """Return the bits of a sample and the colour type of a PNG file (ISO/IEC 15948, 11.2.2); 8 and -1 of any other."""
    if not head.startswith(b"\x89PNG") or head[12:16] != b"IHDR":
        return 8, -1
    depth, kind = struct.unpack_from(">BB", head, 24)
    return int(depth), int(kind)


def _from_sixteen(frame: Image.Image) -> Image.Image:
    """Round grey samples of sixteen bits to eight; the transparent one is told by all its bits."""
    deep = frame.convert("I")
    grey = deep.point([(sample * 255 + 32_767) // 65_535 for sample in range(65_536)], "L")
    key = frame.info.get("transparency")
    if not isinstance(key, int):
        return grey.convert("RGB")
    shown = grey.convert("RGBA")
    shown.putalpha(deep.point([0 if sample == key else 255 for sample in range(65_536)], "L"))
    return shown


def _opaque_of_sixteen(frame: Image.Image) -> Image.Image:
    """Return colours of sixteen bits, of which Pillow keeps eight: refused when the transparent one cannot be told then."""
    key = tuple(int(sample) >> 8 for sample in frame.info["transparency"])
    colours = frame.getcolors(frame.width * frame.height) or []
    if any(colour == key for _count, colour in colours):
        raise FileRefused(Why.DAMAGED)
    shown = frame.copy()
    del shown.info["transparency"]
    return shown.convert("RGB")


def _from_few_bits(frame: Image.Image, deep: int) -> Image.Image:
    """Return greys of fewer than eight bits: Pillow widens the samples, and not the transparent one."""
    key = min(255, int(frame.info["transparency"]) * 255 // ((1 << deep) - 1))  # one bit is widened already
    grey = frame.convert("L")
    shown = grey.convert("RGBA")
    shown.putalpha(grey.point(lambda sample: 0 if sample == key else 255))
    return shown


def _with_orientation(eight: Image.Image, frame: Image.Image) -> Image.Image:
    eight.info.update({name: frame.info[name] for name in ("exif", "xmp", "XML:com.adobe.xmp") if name in frame.info})
    try:
        eight.getexif().update(frame.getexif())
    except (SyntaxError, ValueError, OSError, struct.error):
        eight.info.pop("exif", None)  # the notes are broken: the picture stands as it was stored
    return eight


def _in_common_colours(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if not profile or picture.mode not in ("RGB", "RGBA"):
        return picture
    try:
        common = ImageCms.profileToProfile(
            picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        )
    except (ImageCms.PyCMSError, OSError):
        return picture  # the profile is broken: its colours are taken as common ones
    return common or picture
