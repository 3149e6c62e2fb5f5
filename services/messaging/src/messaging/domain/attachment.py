"""An attachment: a file that its uploader sends once, in one conversation. What it may be called, and which of its words
the detectors are asked about.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from messaging.domain.refusals import AttachmentsTooLarge, FileNameRefused, TooManyAttachments
from ombud_detection import ean

FILE_NAME, PICTURE, DOCUMENT = "file_name", "picture", "document"
_NAME_CHARACTERS = 150
_FORBIDDEN = frozenset('/\\:*?"<>|')
_MARKS_AROUND = "\u200e\u200f\ufeff"
"""Marks of direction and order that telephones put in front of a name."""
_JOINED = re.compile(
    r"(?<=[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F\u20E3])\u200d(?=[\U0001F000-\U0001FAFF\u2190-\u27BF\u2B00-\u2BFF])"
    r"|(?<=[\u0600-\u06FF\u0900-\u0DFF])[\u200c\u200d](?=[\u0600-\u06FF\u0900-\u0DFF])"
    r"|(?<=\U0001F3F4)[\U000E0020-\U000E007E]+\U000E007F"
)
"""What joins two signs into one that is seen: emoji (UTS 51), and letters of scripts that join."""
_RETAIL_CODES = frozenset(("EAN13", "EAN8", "UPCA", "UPCE", "EANUPC", "ISBN", "ITF14"))
"""Bar codes of products, as zxing-cpp names them. A square code with the same digits is no product code."""
_DATE, _TIME = r"(?:19|20)\d\d[-_.]?[01]\d[-_.]?[0-3]\d", r"[0-2]\d[-_.]?[0-5]\d[-_.]?[0-5]\d(?:\d{1,3}|[-_.]\d{1,3})?"
_TAKEN = rf"{_DATE}(?:[-_ ]*(?:at|um|a la\(s\)|às|в|o)?[-_ ]*(?:{_TIME}|WA\d{{4}}))?"
_MILLISECONDS = r"1[4-9]\d{11}"
"""Since 1970, from 2014 on: nobody's number has thirteen digits that begin like that."""
_BY_A_DEVICE = re.compile(
    rf"(?:(?:IMG|PXL|VID|MVIMG|PANO|DSC|Screenshot|Screen Recording|Photo|Scan|WhatsApp (?:Image|Video)|signal|viber_image|"
    rf"Screenrecorder|Captura de Pantalla|Captura de ecrã|Bildschirmfoto|Снимок экрана|Zrzut ekranu|Ekrānuzņēmums|微信图片)[-_ ]*)?"
    rf"{_TAKEN}(?:[-_. ]*(?:HDR|BURST|MP|PORTRAIT|COVER|Bokeh|NIGHT|~\d|\(\d{{1,3}}\)|[ap]\.? ?m\.?))*"
    rf"|(?:FB_IMG|mmexport|received|Screenshot)_?{_MILLISECONDS}"
    rf"|telegram-cloud-(?:photo|document)-size-\d-[4-6]\d{{18}}-[a-z]",
    re.IGNORECASE,
)
"""Names that cameras, telephones and messengers give: a date and a time, which are nobody's number."""
_INVOICE = re.compile(
    r"\b(?:invoice|receipt|rēķin\w*|pavadzīme\w*|fatura\w*|fattura|factura\w*|rechnung\w*|faktura\w*|paragon\w*|"
    r"счёт\w*|счет\w*|накладн\w*)\b|发票|收据",
    re.IGNORECASE,
)
_TAX = re.compile(
    r"\b(?:VAT|PVN|NIF|NIPC|CIF|IVA|USt|MwSt|Steuernummer|NIP|REGON|ИНН|НДС|LV\d{11}|PT\d{9}|DE\d{9}|ES[A-Z0-9]\d{7}[A-Z0-9])\b|税"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one message may carry."""

    files: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a message, as others hear of it: never by name."""

    id: str
    sha256: str
    """Of what is kept."""
    media_type: str
    size_bytes: int
    withheld: bool = False
    """The message is delivered without it: only its author and the platform's people see it."""
    unnamed: bool = False
    """Others see it under a name that says nothing."""


@dataclass(frozen=True, slots=True)
class Part:
    """Words of a message that are not in its text: they are checked like it."""

    attachment_id: str
    place: str
    """`file_name`, `picture` or `document`."""
    words: str
    invoice: bool = False
    """A document that reads as an invoice: the data of a company belong on it."""


def expect_name(given: str) -> str:
    """Return a file's name as a person or a device gives one. Raises FileNameRefused."""
    name = unicodedata.normalize("NFC", given).strip().strip(_MARKS_AROUND).strip()
    if not name or len(name) > _NAME_CHARACTERS or name.startswith("."):
        raise FileNameRefused(f"a file needs a name of 1 to {_NAME_CHARACTERS} characters that begins with no dot")
    if _FORBIDDEN.intersection(name):
        raise FileNameRefused("a file's name is no path, and has none of the characters of one")
    seen = _JOINED.sub("", name)
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for c in seen):
        raise FileNameRefused("a file's name has a character that cannot be seen or that turns the writing around")
    return name


def with_ending(name: str, extension: str) -> str:
    """Return a file's name with the ending of what the file is; it has no other one then."""
    stem, dot, ending = name.rpartition(".")
    if dot and ending.lower() in _SAME.get(extension, {extension}):
        return name
    plain = (stem if dot and 1 <= len(ending) <= 5 else name).replace(".", "_")
    return f"{plain}.{extension}"


_SAME = {"jpg": frozenset(("jpg", "jpeg")), "mp4": frozenset(("mp4", "m4v"))}


def part_of_name(attachment_id: str, name: str) -> Part:
    """Return what a file's name says; a name that a device gave says nothing. Code points stay where they are."""
    stem = name.rpartition(".")[0]
    said = "" if _BY_A_DEVICE.fullmatch(stem) else stem.replace("_", " ")
    return Part(attachment_id, FILE_NAME, said)


def part_of_file(attachment_id: str, place: str, words: str, symbology: str) -> Part:
    """Return what stands in a file; the code of a product says nothing (section 7: check digits decide)."""
    product = symbology in _RETAIL_CODES and ean(words)
    invoice = place == DOCUMENT and bool(_INVOICE.search(words)) and bool(_TAX.search(words))
    return Part(attachment_id, place, "" if product else words, invoice)


def expect_within(attached: Sequence[Attached], limits: Limits) -> None:
    """Raise TooManyAttachments or AttachmentsTooLarge."""
    if len(attached) > limits.files:
        raise TooManyAttachments(f"a message carries at most {limits.files} files")
    if sum(a.size_bytes for a in attached) > limits.total_bytes:
        raise AttachmentsTooLarge(f"the files of a message have at most {limits.total_bytes} bytes together")
