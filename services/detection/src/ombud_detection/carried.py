"""What is written in and on a file that somebody sends: which of its words the detectors are asked about."""

import re
from dataclasses import dataclass

from .checkdigits import ean
from .finding import Finding, Kind

FILE_NAME, PICTURE, DOCUMENT = "file_name", "picture", "document"
_ON_AN_INVOICE = frozenset((Kind.EMAIL, Kind.PHONE, Kind.URL, Kind.BANK))
"""The data of a company that belong on an invoice (section 7); an invitation to leave does not."""
_RETAIL_CODES = frozenset(("EAN13", "EAN8", "UPCA", "UPCE", "EANUPC", "ISBN", "ITF14"))
"""Bar codes of products, as zxing-cpp names them. A square code with the same digits is not a product code."""
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
class Part:
    """Words of a message that are not in its text: they are checked like it."""

    attachment_id: str
    place: str
    """`file_name`, `picture` or `document`."""
    words: str
    invoice: bool = False
    """A document that reads as an invoice: the data of a company belong on it."""


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


def spared(part: Part, finding: Finding) -> bool:
    """Return whether what was found in a part may stand there."""
    return part.invoice and finding.kind in _ON_AN_INVOICE
