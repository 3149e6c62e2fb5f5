"""What a file may be called, what its words say, and how much a message carries: pure."""

import pytest

from messaging.attachments.domain import (
    AttachmentsTooLarge,
    FileNameRefused,
    Limits,
    TooManyAttachments,
    expect_name,
    expect_within,
    with_ending,
)
from messaging.conversations.domain import Attached, Checked, Verdict, not_qualifying
from ombud_detection import part_of_file, part_of_name

FILE = Attached(id="att_1", sha256="0" * 64, media_type="image/jpeg", size_bytes=1_000)


NAMES = [
    "photo.jpg",
    "Rēķins Nr. 5.pdf",
    "фото.png",
    "屏幕.webp",
    "a",
    "v1.2.final.pdf",
    "Captura de Pantalla 2026-11-28 a la(s) 12.33.55 p. m..png",
    "Foto...kaputt.jpg",
    "Screenshot 2026-11-28 at 12.33.55\u202fPM.png",
    "dots..",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 family.jpg",
    "\u2764\ufe0f\u200d\U0001f525.png",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f.png",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.pdf",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_persons_name_for_a_file_is_kept(name: str) -> None:
    assert expect_name(f" {name} ") == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "C:x",
        "a\x00b",
        "a\tb",
        "a\u202eb",
        "a\u200bb",
        "a\u200db.jpg",
        "1\u200d2.jpg",
        "a\u2066b",
        "a\U000e0067b",
        "..a",
        ".bashrc",
        "x" * 151,
        "a*",
    ],
)
def test_a_path_or_what_cannot_be_seen_is_no_name(name: str) -> None:
    with pytest.raises(FileNameRefused):
        expect_name(name)


def test_marks_that_a_telephone_puts_around_a_name_are_left_out() -> None:
    assert expect_name("\u200eWhatsApp Image.jpg\ufeff") == "WhatsApp Image.jpg"


@pytest.mark.parametrize(
    ("given", "extension", "kept"),
    [
        ("photo.jpg", "jpg", "photo.jpg"),
        ("photo.JPEG", "jpg", "photo.JPEG"),
        ("clip.m4v", "mp4", "clip.m4v"),
        ("photo.png", "jpg", "photo.jpg"),
        ("a.pdf.exe", "jpg", "a_pdf.jpg"),
        ("noending", "pdf", "noending.pdf"),
        ("v1.2.pdf", "pdf", "v1.2.pdf"),
        ("Mr. Smith and company", "pdf", "Mr_ Smith and company.pdf"),
    ],
)
def test_a_name_ends_with_what_the_file_is(given: str, extension: str, kept: str) -> None:
    assert with_ending(given, extension) == kept


@pytest.mark.parametrize(
    "name",
    [
        "IMG_20261124_130812.jpg",
        "IMG_20261124_130812~2.jpg",
        "IMG-20261124-WA0007.jpg",
        "PXL_20261124_101112123.MP.jpg",
        "VID_20261124_101112.mp4",
        "WhatsApp Image 2026-11-24 at 13.05.12.jpeg",
        "WhatsApp Image 2026-11-24 at 13.05.12 (2).jpeg",
        "Screenshot_2026-11-24-13-05-12-123.jpg",
        "Screenshot_20261124_130512.jpg",
        "signal-2026-11-24-130512.jpg",
        "20261128_123355.jpg",
        "IMG_20261128_123355_Bokeh.jpg",
        "Captura de Pantalla 2026-11-28 a la(s) 12.33.55 p. m..png",
        "Bildschirmfoto 2026-11-28 um 12.33.55.png",
        "photo_2026-11-28_12-33-55.jpg",
        "FB_IMG_1764332035123.jpg",
        "mmexport1764332035123.jpg",
        "telegram-cloud-photo-size-4-5215634567890123456-y.jpg",
    ],
)
def test_a_name_that_a_device_gave_says_nothing(name: str) -> None:
    assert part_of_name("att_1", name).words == ""


@pytest.mark.parametrize(
    "name",
    [
        "IMG_29123456.jpg",
        "WhatsApp 29123456.jpg",
        "IMG_20261124_130812 call me.jpg",
        "FB_IMG_29123456.jpg",
        "20262912 345678.jpg",
    ],
)
def test_a_number_dressed_as_a_devices_name_is_read(name: str) -> None:
    assert part_of_name("att_1", name).words


def test_code_points_of_a_name_stay_where_they_are() -> None:
    assert part_of_name("att_1", "call_29_12_34_56.jpg").words == "call 29 12 34 56"


@pytest.mark.parametrize(
    ("symbology", "words", "said"),
    [
        ("EAN13", "4006381333931", ""),
        ("EAN13", "4006381333930", "4006381333930"),
        ("EAN8", "73513537", ""),
        ("QRCode", "73513537", "73513537"),
        ("QRCode", "+371 29123456", "+371 29123456"),
    ],
)
def test_only_a_products_own_code_says_nothing(symbology: str, words: str, said: str) -> None:
    """A telephone number of eight digits has a good check digit once in ten times: the kind of code must fit, too."""
    assert part_of_file("att_1", "picture", words, symbology).words == said


@pytest.mark.parametrize(
    ("words", "invoice"),
    [
        ("Rēķins Nr. 5 PVN LV40003000000", True),
        ("Rechnung, USt DE123456789", True),
        ("Invoice: call 29123456", False),
        ("VAT 21 %", False),
    ],
)
def test_an_invoice_names_itself_and_a_tax_number(words: str, invoice: bool) -> None:
    assert part_of_file("att_1", "document", words, "").invoice == invoice
    assert not part_of_file("att_1", "picture", words, "").invoice


def test_a_message_carries_so_much() -> None:
    limits = Limits(files=2, total_bytes=2_000)
    expect_within([FILE, FILE], limits)
    with pytest.raises(TooManyAttachments):
        expect_within([FILE] * 3, limits)
    with pytest.raises(AttachmentsTooLarge):
        expect_within([FILE], Limits(files=2, total_bytes=999))


def test_a_reply_that_is_nothing_but_a_file_is_not_empty() -> None:
    """Section 3: attachment-only counts."""
    empty = Checked(verdict=Verdict.DELIVER, sha256="0" * 64, characters=0)
    assert "empty" in not_qualifying("seller", "thread", empty)
    carrying = Checked(verdict=Verdict.DELIVER, sha256="0" * 64, characters=0, attachments=(FILE,))
    assert not_qualifying("seller", "thread", carrying) == ()
