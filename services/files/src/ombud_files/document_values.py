"""Values of PDF objects: null is the same as absent (ISO 32000-1, 7.3.9), and an electronic invoice may carry its data."""

import re
from collections.abc import Iterable, Sequence

from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NullObject,
    PdfObject,
    StreamObject,
)

from ombud_files.disguise import refuse_pages
from ombud_files.report import CHARACTERS, FileRefused, Why

_INVOICE_NAMES = frozenset(("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml", "cii-invoice.xml"))
"""As Factur-X 1.0, ZUGFeRD 1 and 2, XRechnung and Order-X call the one file that they allow."""
_INVOICE_ROOT = re.compile(
    rb"^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<(?:\w+:)?(?:CrossIndustry\w+|SCRDM\w+|Invoice|Order)\b", re.DOTALL
)
_INVOICE_BYTES = 2_000_000
_TAGS = re.compile(r"<[^<>]*>")


def absent_if_null(value: object) -> PdfObject | None:
    """Return the object that a value stands for, or None when it is null, or leads to nothing."""
    found = value.get_object() if isinstance(value, PdfObject) else None
    return None if isinstance(found, NullObject) else found


def present_in(array: PdfObject | None) -> list[PdfObject]:
    """Return the objects of an array that are not null; none when it is not an array."""
    values = list.__iter__(array) if isinstance(array, ArrayObject) else ()
    return [found for value in values if (found := absent_if_null(value)) is not None]


def raw_items(dictionary: DictionaryObject) -> Iterable[tuple[PdfObject, PdfObject]]:
    """Return the items of a dictionary without following references."""
    return dict.items(dictionary)


def forget_nulls(found: PdfObject | None, depth: int = 0) -> None:
    """Take null values out of an object, so that nobody has to think of them: a key whose value is null is not there."""
    if isinstance(found, DictionaryObject):
        for name, value in list(raw_items(found)):
            if absent_if_null(value) is None:
                del found[name]
            elif depth < 50 and not isinstance(value, IndirectObject):
                forget_nulls(value, depth + 1)
    elif isinstance(found, ArrayObject) and depth < 50:
        for value in list.__iter__(found):
            if not isinstance(value, IndirectObject):
                forget_nulls(value, depth + 1)


def invoices_in(objects: Sequence[PdfObject | None]) -> list[str]:
    """Return the words of the invoice data that a document carries. Raises FileRefused when it carries anything else."""
    named = [spec for one in objects for spec in _file_specifications(one)]
    carried = [one for one in objects if isinstance(one, StreamObject) and one.get("/Type") == "/EmbeddedFile"]
    streams = [_stream_of(spec) for spec in named]
    if not streams or any(id(one) not in {id(stream) for stream in streams} for one in carried):
        raise FileRefused(Why.EMBEDDED_FILES)
    return [_words(stream) for stream in streams]


def _file_specifications(found: PdfObject | None, depth: int = 0) -> Iterable[DictionaryObject]:
    if isinstance(found, DictionaryObject):
        if found.get("/Type") == "/Filespec" or "/EF" in found:
            yield found
        parts = [value for _name, value in raw_items(found)]
    else:
        parts = list(list.__iter__(found)) if isinstance(found, ArrayObject) else []
    if depth < 50:
        for part in parts:
            if not isinstance(part, IndirectObject):
                yield from _file_specifications(part, depth + 1)


def _stream_of(spec: DictionaryObject) -> StreamObject:
    names = {str(name).lower() for name in (spec.get("/F"), spec.get("/UF")) if name is not None}
    files = absent_if_null(spec.get("/EF"))
    if not names or not names <= _INVOICE_NAMES or not isinstance(files, DictionaryObject):
        raise FileRefused(Why.EMBEDDED_FILES)
    streams = [absent_if_null(value) for _name, value in raw_items(files)]
    first = streams[0] if streams else None
    if not isinstance(first, StreamObject) or any(stream is not first for stream in streams):
        raise FileRefused(Why.EMBEDDED_FILES)
    return first


def _words(stream: StreamObject) -> str:
    """Return what is written in invoice data. Raises FileRefused when it is not the plain XML of one."""
    content = stream.get_data()
    if len(content) > _INVOICE_BYTES or not _INVOICE_ROOT.match(content.removeprefix(b"\xef\xbb\xbf")):
        raise FileRefused(Why.EMBEDDED_FILES)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise FileRefused(Why.ACTIVE_CONTENT)
    refuse_pages(content)
    return _TAGS.sub(" ", content.decode("utf-8", "replace"))[:CHARACTERS]
