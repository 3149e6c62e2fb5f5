"""Files made here: honest ones of every kind, and ones that are not what they seem."""

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

import zxingcpp
from PIL import Image, PngImagePlugin

GPS_TAG, MAKE_TAG, ORIENTATION_TAG = 0x8825, 0x010F, 0x0112


def picture(form: str = "JPEG", size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    """A picture, half red and half blue."""
    drawn = Image.new("RGB", size, "red")
    drawn.paste("blue", (0, 0, size[0] // 2, size[1]))
    return saved(drawn, form, **options)


def saved(drawn: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    drawn.save(out, form, **options)  # type: ignore[arg-type]
    return out.getvalue()


def opened(content: bytes) -> io.BytesIO:
    return io.BytesIO(content)


def code(text: str, symbology: str = "QRCode", form: str = "PNG") -> bytes:
    """A picture with a bar code in it."""
    made = zxingcpp.create_barcode(text, zxingcpp.barcode_format_from_str(symbology))
    dots = memoryview(zxingcpp.write_barcode_to_image(made, scale=6))  # type: ignore[arg-type]
    drawn = Image.frombytes("L", (dots.shape[1], dots.shape[0]), dots.tobytes())
    around = Image.new("RGB", (drawn.width + 200, drawn.height + 200), "white")
    around.paste(drawn, (100, 100))
    return saved(around, form)


def photograph() -> bytes:
    """A JPEG as a telephone makes it: lying on its side, with the place where it was taken, and a comment."""
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = 6
    exif[MAKE_TAG] = "Secretphone"
    exif.get_ifd(GPS_TAG)[1] = "N"
    exif.get_ifd(GPS_TAG)[2] = (56.0, 57.0, 0.0)
    return picture("JPEG", exif=exif, comment=b"my secret comment")


def noted_png() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "secret author")
    return picture("PNG", pnginfo=notes)


def moving(form: str = "GIF", frames: int = 3, size: tuple[int, int] = (32, 32)) -> bytes:
    drawn = [Image.new("RGB", size, (n % 256, n // 256, 90)) for n in range(frames)]
    return saved(drawn[0], form, save_all=True, append_images=drawn[1:], duration=50)


def png_of_size(width: int, height: int) -> bytes:
    """A few bytes that unpack to very many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1000), 9)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def with_pixels_that_hold(mark: bytes, form: str) -> bytes:
    """A picture whose compressed pixels hold these bytes: stored ones of a PNG, else put there afterwards."""
    if form == "PNG":
        row = b"\x00" + mark.ljust(60, b"\x07")
        head = struct.pack(">IIBBBBB", 60, 1, 8, 0, 0, 0, 0)
        rows = zlib.compress(row, 0)
        return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    content = saved(Image.effect_noise((200, 200), 120).convert("RGB"), form, quality=95)
    at = len(content) * 2 // 3
    while b"\xff" in content[at - 2 : at + len(mark) + 2]:
        at += 1
    return content[:at] + mark + content[at + len(mark) :]


def a_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("run.exe", b"MZ" + bytes(200))
    return out.getvalue()


def zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("bomb", bytes(20_000_000))
    return out.getvalue()


# -- Documents ------------------------------------------------------------------------------------------------------------


def document(words: str = "Hello", *, catalog: str = "", page: str = "", more: Sequence[bytes] = ()) -> bytes:
    """A PDF of one page; `more` are further objects, from number 6 on."""
    text = f"BT /F1 12 Tf 20 100 Td ({words}) Tj ET".encode()
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 200] /Contents 4 0 R {page}"
        " /Resources << /Font << /F1 5 0 R >> >> >>".encode(),
        stream(text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        *more,
    ]
    out, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, table)
    return out + head + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))


def document_with_packed_object(body: bytes) -> bytes:
    """A PDF whose object 5 is in an object stream (ISO 32000-2, 7.5.7), found by a cross-reference stream."""
    packed = zlib.compress(b"5 0 " + body)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 200] >>",
        stream(packed, "/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode"),
    ]
    out, rows = b"%PDF-1.7\n", [b"\x00\x00\x00\xff"]
    for number, written in enumerate(objects, 1):
        rows.append(b"\x01" + len(out).to_bytes(2) + b"\x00")
        out += b"%d 0 obj\n%b\nendobj\n" % (number, written)
    rows += [b"\x02" + (4).to_bytes(2) + b"\x00", b"\x01" + len(out).to_bytes(2) + b"\x00"]
    table = stream(b"".join(rows), "/Type /XRef /Size 7 /W [1 2 1] /Root 1 0 R")
    return out + b"6 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, len(out))


def stream(body: bytes, entries: str = "") -> bytes:
    return f"<< /Length {len(body)} {entries} >>\nstream\n".encode() + body + b"\nendstream"


def packed_stream(length: int, times: int = 1) -> bytes:
    """A stream of so many bytes, packed once or more often."""
    body = bytes(length)
    for _ in range(times):
        body = zlib.compress(body, 9)
    return stream(body, f"/Filter [{' '.join(['/FlateDecode'] * times)}]")


def locked_document() -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(document())))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


# -- Videos ---------------------------------------------------------------------------------------------------------------


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + name + body


def mp4(seconds: int = 5, *, handler: bytes = b"vide", place: bytes = b"+56.9496+024.1052/") -> bytes:
    """An MP4 with one track, and a note of where it was taken."""
    mvhd = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, seconds * 1000) + bytes(80))
    hdlr = box(b"hdlr", bytes(8) + handler + bytes(13))
    trak = box(b"trak", box(b"mdia", hdlr))
    udta = box(b"udta", box(b"\xa9xyz", place))
    return (
        box(b"ftyp", b"isom" + bytes(4) + b"isommp42") + box(b"moov", mvhd + trak + udta) + box(b"mdat", b"\x07" * 500)
    )


def element(id: int, body: bytes) -> bytes:
    name = id.to_bytes((id.bit_length() + 7) // 8)
    return name + b"\x01" + len(body).to_bytes(7) + body


def webm(seconds: int = 5, *, extra: bytes = b"") -> bytes:
    header = element(0x1A45DFA3, b"\x42\x82\x84webm")
    info = element(
        0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40") + element(0x4489, struct.pack(">d", seconds * 1000.0))
    )
    tracks = element(0x1654AE6B, element(0xAE, element(0xD7, b"\x01") + element(0x83, b"\x01")))
    tags = element(0x1254C367, b"secret place and author")
    cluster = element(0x1F43B675, element(0xE7, b"\x00") + bytes(0))
    return header + element(0x18538067, info + tracks + tags + extra + cluster)
