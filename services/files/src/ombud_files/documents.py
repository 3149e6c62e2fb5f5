"""PDF documents: read by pypdf, refused when they act, hide files, are locked or unpack to far more than they weigh."""

import io
import logging
import re
import zlib
from collections.abc import Iterator

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, PdfObject, StreamObject

from ombud_files.kinds import PDF
from ombud_files.pictures import PIXELS, codes_in
from ombud_files.report import CHARACTERS, FileRefused, Passage, Place, Report, Why, bounded

PAGES = 200
OBJECTS = 50_000
UNPACKED_BYTES = 100_000_000
"""Of all streams together; pypdf itself unpacks at most 75 MB of one."""
_READ_PAGES = 20
"""Whose words and codes are told on; a later page is looked at for links alone."""
_LINKS = 100
_PICTURES = 4
"""Of a page, whose bar codes are read."""
_ACTING = frozenset(
    (
        "/JavaScript",
        "/JS",
        "/Launch",
        "/SubmitForm",
        "/ImportData",
        "/RichMedia",
        "/XFA",
        "/Rendition",
        "/Movie",
        "/Sound",
    )
)
"""Keys and kinds of actions that run something (ISO 32000-2, 12.6.4)."""
_HIDING = frozenset(("/EmbeddedFile", "/EmbeddedFiles", "/GoToE", "/Filespec", "/FileAttachment"))
_END = re.compile(rb"startxref\s+\d+\s+%%EOF\s*$")


def read_document(content: bytes) -> tuple[Report, bytes]:
    """Return what a document is, and the document as it is. Raises FileRefused."""
    _refuse_without_end(content)
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings quote the document
    try:
        reader = PdfReader(io.BytesIO(content), root_object_recovery_limit=1000, xref_stream_maximum_entries=OBJECTS)
        if reader.is_encrypted:
            raise FileRefused(Why.ENCRYPTED)
        _look_at_everything(reader)
        return Report(PDF.media_type, PDF.extension, bounded(_passages(reader))), content
    except (PyPdfError, RecursionError) as error:
        too_much = "limit" in str(error).lower() or isinstance(error, RecursionError)
        raise FileRefused(Why.TOO_MUCH_INSIDE if too_much else Why.DAMAGED) from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError, zlib.error, OSError):
        raise FileRefused(Why.DAMAGED) from None  # what pypdf says to a document that is none


def _refuse_without_end(content: bytes) -> None:
    end = _END.search(content[-2048:].rstrip(b"\x00\r\n\t "))
    if end is not None:
        return
    raise FileRefused(Why.SEVERAL_FILES if b"%%EOF" in content[-1_000_000:] else Why.TRUNCATED)


def _look_at_everything(reader: PdfReader) -> None:
    """Look at every object, reachable or not: what one reader ignores another one finds."""
    numbers = {number for table in reader.xref.values() for number in table} | set(reader.xref_objStm)
    if len(numbers) > OBJECTS or len(reader.pages) > PAGES:
        raise FileRefused(Why.TOO_MUCH_INSIDE)
    unpacked = 0
    for generation, number in _objects(reader):
        found = reader.get_object(IndirectObject(number, generation, reader))
        _refuse_what_acts(found)
        if isinstance(found, StreamObject):
            unpacked += _unpacked_bytes(found, UNPACKED_BYTES - unpacked)
    _refuse_what_acts(reader.trailer)


def _objects(reader: PdfReader) -> Iterator[tuple[int, int]]:
    for generation, table in reader.xref.items():
        yield from ((generation, number) for number in table)
    yield from ((0, number) for number in reader.xref_objStm)


def _refuse_what_acts(found: PdfObject | None, depth: int = 0) -> None:
    if depth > 50:
        raise FileRefused(Why.TOO_MUCH_INSIDE)
    if isinstance(found, NameObject):
        if found in _ACTING:
            raise FileRefused(Why.ACTIVE_CONTENT)
        if found in _HIDING:
            raise FileRefused(Why.EMBEDDED_FILES)
    elif isinstance(found, DictionaryObject):
        for name, value in found.raw_items() if hasattr(found, "raw_items") else dict.items(found):
            _refuse_what_acts(name, depth + 1)
            _refuse_what_acts(value, depth + 1)
    elif isinstance(found, ArrayObject):
        for value in list.__iter__(found):
            _refuse_what_acts(value, depth + 1)


def _unpacked_bytes(stream: StreamObject, left: int) -> int:
    """Return how long a stream is unpacked, unpacking no more than is left."""
    named = stream.get("/Filter", ArrayObject())
    named = [named] if isinstance(named, NameObject) else list(named)
    packed = [
        name for name in named if name in ("/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/RunLengthDecode", "/RL")
    ]
    if len(packed) > 1:
        raise FileRefused(Why.TOO_MUCH_INSIDE)  # packed twice: no writer does that, and every bomb of this kind
    if named[:1] in (["/FlateDecode"], ["/Fl"]):
        plain = zlib.decompressobj()
        length = len(plain.decompress(stream._data, left + 1))
    else:
        length = len(stream._data)
    if length > left:
        raise FileRefused(Why.TOO_MUCH_INSIDE)
    return length


def _passages(reader: PdfReader) -> Iterator[Passage]:
    """Yield links first, then codes, then words, for only so much is told on."""
    links: list[str] = []
    for page in reader.pages:
        for annotation in page.get("/Annots") or ():
            action = annotation.get_object().get("/A")
            uri = action.get_object().get("/URI") if action is not None else None
            if uri is not None and len(links) < _LINKS:
                links.append(str(uri)[:500])
    yield Passage(Place.DOCUMENT, "\n".join(links))
    first = reader.pages[:_READ_PAGES]
    for page in first:
        yield from _codes(page)
    yield Passage(Place.DOCUMENT, "\n".join(page.extract_text()[:CHARACTERS] for page in first))


def _codes(page: PageObject) -> Iterator[Passage]:
    """Yield the bar codes in the pictures of a page; one that cannot be decoded shows nothing to anybody else, either."""
    pictures = page.images
    for name in pictures.keys()[:_PICTURES]:
        try:
            picture = pictures[name].image
        except (PyPdfError, OSError, ValueError, KeyError, TypeError, NotImplementedError, AttributeError, zlib.error):
            continue
        if picture is not None and picture.width * picture.height <= PIXELS:
            yield from codes_in(picture)
