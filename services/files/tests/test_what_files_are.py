"""Files are what their bytes are: honest ones lose what nobody needs to know, others are refused by name of the trouble."""

import io

import made_files as made
import pytest
from PIL import Image

from ombud_files.report import FileRefused, Passage, Place, Why, as_json, from_json
from ombud_files.worker import outcome

PDF_ACTION = "/OpenAction << /S /{0} /{1} (app.alert\\(1\\)) >>"
HTML = b"<html><script>alert(1)</script></html>"

HONEST = {
    "photograph": (made.photograph(), "image/jpeg"),
    "jpeg": (made.picture("JPEG", progressive=True), "image/jpeg"),
    "jpeg with a second picture behind it, as telephones do": (made.picture() + made.picture(), "image/jpeg"),
    "jpeg with a moving picture behind it, as telephones do": (made.picture() + made.mp4(), "image/jpeg"),
    "png": (made.noted_png(), "image/png"),
    "webp": (made.picture("WEBP"), "image/webp"),
    "gif": (made.picture("GIF"), "image/gif"),
    "moving gif": (made.moving("GIF"), "image/gif"),
    "moving webp": (made.moving("WEBP"), "image/webp"),
    "pdf": (made.document(), "application/pdf"),
    "pdf with a packed object": (made.document_with_packed_object(b"<< /Producer (x) >>"), "application/pdf"),
    "pdf that opens on a page": (made.document(catalog="/OpenAction [3 0 R /Fit]"), "application/pdf"),
    "mp4": (made.mp4(), "video/mp4"),
    "webm": (made.webm(), "video/webm"),
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_file_is_what_it_is(name: str) -> None:
    content, media_type = HONEST[name]
    report, kept = outcome(content, "")
    assert report.media_type == media_type
    again, _ = outcome(kept, "")
    assert again.media_type == media_type


BAD: dict[str, tuple[bytes, Why]] = {
    "nothing": (b"", Why.EMPTY),
    "words": (b"hello there", Why.UNKNOWN_TYPE),
    "a program": (b"MZ\x90\x00" + bytes(300), Why.UNKNOWN_TYPE),
    "a program for Linux": (b"\x7fELF" + bytes(300), Why.UNKNOWN_TYPE),
    "a page": (HTML, Why.UNKNOWN_TYPE),
    "an SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', Why.UNKNOWN_TYPE),
    "a ZIP": (made.a_zip(), Why.UNKNOWN_TYPE),
    "a bomb of a ZIP": (made.zip_bomb(), Why.UNKNOWN_TYPE),
    "a TIFF": (made.picture("TIFF"), Why.UNKNOWN_TYPE),
    "the mark of a PNG before something else": (b"\x89PNG\r\n\x1a\n" + bytes(100), Why.TRUNCATED),
    "the mark of a JPEG before something else": (b"\xff\xd8\xff" + b"not a picture" * 20, Why.TRUNCATED),
    "the mark of a PDF before something else": (b"%PDF-1.7\nnot a document", Why.TRUNCATED),
    "half a JPEG": (made.picture(size=(400, 400))[:-600], Why.TRUNCATED),
    "half a PNG": (made.picture("PNG")[:-20], Why.TRUNCATED),
    "half a GIF": (made.picture("GIF")[:-9], Why.TRUNCATED),
    "half a WebP": (made.picture("WEBP")[:-9], Why.TRUNCATED),
    "half a PDF": (made.document()[:-60], Why.TRUNCATED),
    "half an MP4": (made.mp4()[:-100], Why.TRUNCATED),
    "half a WebM": (made.webm()[:-3], Why.TRUNCATED),
    "a JPEG and a ZIP": (made.picture() + made.a_zip(), Why.SEVERAL_FILES),
    "a JPEG, a second picture and a ZIP": (made.picture() + made.picture() + made.a_zip(), Why.SEVERAL_FILES),
    "a PNG and a ZIP": (made.picture("PNG") + made.a_zip(), Why.SEVERAL_FILES),
    "a GIF and words": (made.picture("GIF") + b"something else", Why.SEVERAL_FILES),
    "a WebP and words": (made.picture("WEBP") + b"something else", Why.SEVERAL_FILES),
    "a PDF and a ZIP": (made.document() + made.a_zip(), Why.SEVERAL_FILES),
    "an MP4 and a ZIP": (made.mp4() + made.a_zip(), Why.SEVERAL_FILES),
    "an MP4 and a program": (made.mp4() + made.box(b"MZ\x90\x00", bytes(90)), Why.SEVERAL_FILES),
    "a WebM and another": (made.webm() + made.webm(), Why.SEVERAL_FILES),
    "a JPEG with a page in its comment": (made.picture(comment=HTML), Why.SEVERAL_FILES),
    "a GIF with a page in its comment": (made.picture("GIF", comment=HTML), Why.SEVERAL_FILES),
    "a JPEG that is a PDF, too": (made.picture(comment=b"%PDF-1.7\n"), Why.SEVERAL_FILES),
    "a picture of very many pixels": (made.png_of_size(50_000, 50_000), Why.TOO_MANY_PIXELS),
    "a long strip": (made.png_of_size(2_000_000_000, 1), Why.TOO_MANY_PIXELS),
    "a GIF of very many frames": (made.moving(frames=300), Why.TOO_MANY_PIXELS),
    "a PNG without its rows": (made.png_of_size(500, 500), Why.TRUNCATED),
    "a locked PDF": (made.locked_document(), Why.ENCRYPTED),
    "a PDF with a script": (made.document(catalog=PDF_ACTION.format("JavaScript", "JS")), Why.ACTIVE_CONTENT),
    "a PDF with a script spelt otherwise": (
        made.document(catalog=PDF_ACTION.format("J#61vaScript", "#4AS")),
        Why.ACTIVE_CONTENT,
    ),
    "a PDF with a script nothing leads to": (
        made.document(more=[b"<< /S /JavaScript /JS (app.alert) >>"]),
        Why.ACTIVE_CONTENT,
    ),
    "a PDF with a script in a packed object": (
        made.document_with_packed_object(b"<< /S /JavaScript /JS (x) >>"),
        Why.ACTIVE_CONTENT,
    ),
    "a PDF that starts a program": (
        made.document(catalog="/OpenAction 6 0 R", more=[b"<< /S /Launch /F (cmd.exe) >>"]),
        Why.ACTIVE_CONTENT,
    ),
    "a PDF with a form that acts": (made.document(catalog="/AcroForm << /XFA (x) >>"), Why.ACTIVE_CONTENT),
    "a PDF with a file in it": (
        made.document(catalog="/Names << /EmbeddedFiles << /Names [] >> >>"),
        Why.EMBEDDED_FILES,
    ),
    "a PDF whose stream is a bomb": (made.document(more=[made.packed_stream(150_000_000)]), Why.TOO_MUCH_INSIDE),
    "a PDF whose streams are a bomb together": (
        made.document(more=[made.packed_stream(20_000_000)] * 6),
        Why.TOO_MUCH_INSIDE,
    ),
    "a PDF packed twice": (made.document(more=[made.packed_stream(1_000_000, times=2)]), Why.TOO_MUCH_INSIDE),
    "a PDF of very many objects": (made.document(more=[b"null"] * 60_000), Why.TOO_MUCH_INSIDE),
    "a PDF of deep objects": (made.document(more=[b"[" * 3000 + b"]" * 3000]), Why.TOO_MUCH_INSIDE),
    "an MP4 without a picture": (made.mp4(handler=b"soun"), Why.DAMAGED),
    "an MP4 of an hour": (made.mp4(3600), Why.TOO_LONG),
    "a WebM of an hour": (made.webm(3600), Why.TOO_LONG),
    "a WebM with a file in it": (made.webm(extra=made.element(0x1941A469, b"MZ")), Why.EMBEDDED_FILES),
    "an HEIC": (made.box(b"ftyp", b"heic" + bytes(4) + b"mif1heic") + made.box(b"mdat", bytes(90)), Why.UNKNOWN_TYPE),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_by_the_name_of_its_trouble(name: str) -> None:
    """INVARIANT: content decides; would break if a check were left out, or a library's own word were enough."""
    content, why = BAD[name]
    with pytest.raises(FileRefused) as refused:
        outcome(content, "")
    assert refused.value.why == why


@pytest.mark.parametrize("content", [made.photograph(), made.noted_png()])
def test_a_kept_picture_tells_nothing_but_the_picture(content: bytes) -> None:
    """INVARIANT: would break if a picture were kept as it came, or Pillow carried its notes over."""
    _report, kept = outcome(content, "")
    picture = Image.open(io.BytesIO(kept))
    assert not picture.getexif()
    assert b"ecret" not in kept
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_picture_lying_on_its_side_is_set_upright() -> None:
    _report, kept = outcome(made.photograph(), "")
    picture = Image.open(io.BytesIO(kept)).convert("RGB")
    assert picture.size == (48, 64)
    red, _green, blue = picture.getpixel((24, 5))  # type: ignore[misc]
    assert blue > red, "what was left is above now"


def test_a_kept_moving_picture_still_moves() -> None:
    _report, kept = outcome(made.moving("GIF", frames=4), "")
    assert Image.open(io.BytesIO(kept)).n_frames == 4  # type: ignore[attr-defined]


@pytest.mark.parametrize(("content", "told"), [(made.mp4(), b"+56.9496"), (made.webm(), b"secret")])
def test_a_kept_video_does_not_tell_where_it_was_taken(content: bytes, told: bytes) -> None:
    _report, kept = outcome(content, "")
    assert told in content
    assert told not in kept
    assert len(kept) == len(content), "nothing moved"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_bar_code_in_a_picture_is_read(form: str) -> None:
    report, _kept = outcome(made.code("+371 29 123 456", form=form), "")
    assert report.passages == (Passage(Place.PICTURE, "+371 29 123 456", "QRCode"),)


def test_a_product_code_says_that_it_is_one() -> None:
    report, _kept = outcome(made.code("4006381333931", "EAN13"), "")
    assert report.passages == (Passage(Place.PICTURE, "4006381333931", "EAN13"),)


def test_words_and_links_of_a_document_are_told() -> None:
    link = "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://wa.me/37129123456) >> >>"
    report, _kept = outcome(made.document("Call 29123456", page=f"/Annots [{link}]"), "")
    assert [p.text for p in report.passages] == ["https://wa.me/37129123456", "Call 29123456"]
    assert {p.place for p in report.passages} == {Place.DOCUMENT}


def test_what_is_told_survives_the_way_between_processes() -> None:
    report, _kept = outcome(made.code("https://example.com/ā"), "")
    assert from_json(as_json(report)) == report
    with pytest.raises(FileRefused) as refused:
        from_json(as_json(Why.ENCRYPTED))
    assert refused.value.why == Why.ENCRYPTED
    with pytest.raises(FileRefused):
        from_json(b"")
