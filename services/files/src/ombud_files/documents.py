"""PDF documents: read by pypdf, refused when they act, hide files, are locked or unpack to far more than they weigh.

An electronic invoice carries its own data as an XML file; that one file is let pass, and its words are told like the others.
"""

import io
import logging
import re
import zlib
from collections.abc import Iterator, Sequence

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, PdfObject, StreamObject

from ombud_files.disguise import refuse_pages, refuse_trailer
from ombud_files.document_photographs import without_notes
from ombud_files.document_values import absent_if_null, forget_nulls, invoices_in, present_in, raw_items
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
_HIDING = frozenset(("/GoToE", "/FileAttachment"))
_CARRYING = frozenset(("/EmbeddedFile", "/EmbeddedFiles", "/Filespec"))
_END = re.compile(rb"startxref\s+\d+\s+%%EOF")
_STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
_BEHIND_BYTES = 1024
"""A reader looks for the end mark so far from the end (ISO 32000-1, annex H, 3.4.4): servers and scanners add a little."""


def read_document(content: bytes) -> tuple[Report, bytes]:
    """Return what a document is, and the document up to its end, its photographs without notes. Raises FileRefused."""
    content = _up_to_its_end(content)
    refuse_pages(_STREAM.sub(b"", content))
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings quote the document
    try:
        reader = PdfReader(io.BytesIO(content), root_object_recovery_limit=1000, xref_stream_maximum_entries=OBJECTS)
        if reader.is_encrypted and not reader.decrypt(""):
            raise FileRefused(Why.ENCRYPTED)  # a password is needed to read it; one that only its owner needs is not
        invoices = _look_at_everything(reader)
        return Report(PDF.media_type, PDF.extension, bounded(_passages(reader, invoices))), without_notes(content)
    except (PyPdfError, RecursionError) as error:
        too_much = "limit" in str(error).lower() or isinstance(error, RecursionError)
        raise FileRefused(Why.TOO_MUCH_INSIDE if too_much else Why.DAMAGED) from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError, zlib.error, OSError):
        raise FileRefused(Why.DAMAGED) from None  # what pypdf says to a document that is none


def _up_to_its_end(content: bytes) -> bytes:
    ends = [found.end() for found in _END.finditer(content, max(0, len(content) - 1_000_000))]
    if not ends:
        raise FileRefused(Why.SEVERAL_FILES if b"%%EOF" in content[-1_000_000:] else Why.TRUNCATED)
    rest = content[ends[-1] :].strip(b"\x00\r\n\t ")
    if len(rest) > _BEHIND_BYTES:
        raise FileRefused(Why.SEVERAL_FILES)
    refuse_trailer(rest)
    return content[: ends[-1]] + b"\n"


def _look_at_everything(reader: PdfReader) -> list[str]:
    """Look at every object, reachable or not: what one reader ignores another one finds. Return the invoices in it."""
    numbers = {number for table in reader.xref.values() for number in table} | set(reader.xref_objStm)
    if len(numbers) > OBJECTS or len(reader.pages) > PAGES:
        raise FileRefused(Why.TOO_MUCH_INSIDE)
    unpacked, carrying, found = 0, False, list[PdfObject | None]()
    for generation, number in _objects(reader):
        one = reader.get_object(IndirectObject(number, generation, reader))
        found.append(one)
        carrying |= _carries(one)
        if isinstance(one, StreamObject):
            unpacked += _unpacked_bytes(one, UNPACKED_BYTES - unpacked)
    carrying |= _carries(reader.trailer)
    for one in found:
        forget_nulls(one)
    return invoices_in(found) if carrying else []


def _objects(reader: PdfReader) -> Iterator[tuple[int, int]]:
    for generation, table in reader.xref.items():
        yield from ((generation, number) for number in table)
    yield from ((0, number) for number in reader.xref_objStm)


def _carries(found: PdfObject | None, depth: int = 0) -> bool:
    """Return whether an object carries a file. Raises FileRefused when it acts or hides one."""
    if depth > 50:
        raise FileRefused(Why.TOO_MUCH_INSIDE)
    if isinstance(found, NameObject):
        if found in _ACTING:
            raise FileRefused(Why.ACTIVE_CONTENT)
        if found in _HIDING:
            raise FileRefused(Why.EMBEDDED_FILES)
        return found in _CARRYING
    if isinstance(found, DictionaryObject):
        parts = [part for item in raw_items(found) for part in item]
    else:
        parts = list(list.__iter__(found)) if isinstance(found, ArrayObject) else []
    carried = [_carries(part, depth + 1) for part in parts]  # every part is looked at, also behind one that carries
    return any(carried)


def _unpacked_bytes(stream: StreamObject, left: int) -> int:
    """Return how long a stream is unpacked, unpacking no more than is left."""
    told = absent_if_null(stream.get("/Filter"))
    named = [str(name) for name in ([told] if isinstance(told, NameObject) else present_in(told))]
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


def _passages(reader: PdfReader, invoices: Sequence[str]) -> Iterator[Passage]:
    """Yield links first, then codes, then words, for only so much is told on."""
    links: list[str] = []
    for page in reader.pages:
        links += [str(uri)[:500] for uri in _links(page)]
    yield Passage(Place.DOCUMENT, "\n".join(links[:_LINKS]))
    first = reader.pages[:_READ_PAGES]
    for page in first:
        yield from _codes(page)
    yield Passage(Place.DOCUMENT, "\n".join((*(page.extract_text()[:CHARACTERS] for page in first), *invoices)))


def _links(page: PageObject) -> Iterator[PdfObject]:
    for told in present_in(absent_if_null(page.get("/Annots"))):
        action = absent_if_null(told.get("/A")) if isinstance(told, DictionaryObject) else None
        uri = absent_if_null(action.get("/URI")) if isinstance(action, DictionaryObject) else None
        if uri is not None:
            yield uri


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
