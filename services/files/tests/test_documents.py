"""Documents as scanners, servers and invoicing programs write them: taken; what acts or hides something stays refused."""

import io

import made_files as made
import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter

from ombud_files.report import FileRefused, Why
from ombud_files.worker import outcome

LINK = "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://wa.me/37129123456) >> >>"
NULLS = {
    "no annotations": made.document(page="/Annots null"),
    "an annotation that is none": made.document(page="/Annots [null]"),
    "annotations elsewhere that are none": made.document(page="/Annots 6 0 R", more=[b"null"]),
    "annotations that are nowhere": made.document(page="/Annots 99 0 R"),
    "an annotation that is nowhere": made.document(page="/Annots [99 0 R]"),
    "an action that is none": made.document(page="/Annots [<< /Subtype /Link /A null >>]"),
    "an address that is none": made.document(page="/Annots [<< /Subtype /Link /A << /S /URI /URI null >> >>]"),
    "no turning": made.document(page="/Rotate null"),
    "no cut": made.document(page="/CropBox null"),
    "no names": made.document(catalog="/Names null /Outlines null /AcroForm null /OpenAction null"),
    "a stream that is not packed": made.document(more=[made.stream(b"x", "/Filter null /DecodeParms null")]),
    "a stream packed by nothing": made.document(more=[made.stream(b"x", "/Filter [null]")]),
}


def why(content: bytes) -> Why:
    with pytest.raises(FileRefused) as refused:
        outcome(content, "")
    return refused.value.why


def words(content: bytes) -> str:
    return "\n".join(passage.text for passage in outcome(content, "")[0].passages)


@pytest.mark.parametrize("name", NULLS)
def test_null_is_the_same_as_absent(name: str) -> None:
    """ISO 32000-1, 7.3.9."""
    assert words(NULLS[name]) == "Hello"


def test_a_link_beside_a_null_is_told() -> None:
    assert "wa.me" in words(made.document(page=f"/Annots [null {LINK} null]"))


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n", b"\xef\xbb\xbf\n"])
def test_a_mark_of_a_text_editor_in_front_does_not_matter(before: bytes) -> None:
    assert words(before + made.document()) == "Hello"


@pytest.mark.parametrize(
    "behind", [b"\x00" * 2_000, b"\r\n\r\n", b"<!-- served in 12 ms -->", b"trailing words", b"\x1a"]
)
def test_what_a_server_puts_behind_a_document_is_cut_off(behind: bytes) -> None:
    assert outcome(made.document() + behind, "") == outcome(made.document(), "")


@pytest.mark.parametrize(
    "behind", [made.a_zip(), b"MZ\x90\x00", b"<html><body></body></html>", b"<script>alert(1)</script>", b"x" * 5_000]
)
def test_another_file_behind_a_document_is_refused(behind: bytes) -> None:
    assert why(made.document() + behind) == Why.SEVERAL_FILES


def locked(*, reading: str, owning: str, algorithm: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(made.document("Hello"))))
    writer.encrypt(reading, owning, algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256"])
def test_a_document_that_everybody_may_read_is_taken_whoever_may_change_it(algorithm: str) -> None:
    assert words(locked(reading="", owning="secret", algorithm=algorithm)) == "Hello"
    assert why(locked(reading="secret", owning="other", algorithm=algorithm)) == Why.ENCRYPTED


DATA = b"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100">
<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE123456789</ram:ID></ram:SpecifiedTaxRegistration>
</rsm:CrossIndustryInvoice>"""


def carrying(name: str, data: bytes, *, spec: str = "") -> bytes:
    """A document that carries a file."""
    written = f"<< /Type /Filespec /F ({name}) /UF ({name}) /EF << /F 7 0 R /UF 7 0 R >> {spec} >>".encode()
    catalog = f"/AF [6 0 R] /Names << /EmbeddedFiles << /Names [({name}) 6 0 R] >> >>"
    return made.document("Rechnung", catalog=catalog, more=[written, made.stream(data, "/Type /EmbeddedFile")])


@pytest.mark.parametrize("name", ["factur-x.xml", "ZUGFeRD-invoice.xml", "zugferd-invoice.xml", "xrechnung.xml"])
def test_an_electronic_invoice_is_taken_and_its_data_are_read(name: str) -> None:
    told = words(carrying(name, DATA))
    assert "Rechnung" in told
    assert "DE123456789" in told


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("run.exe", b"MZ\x90\x00"),
        ("factur-x.xml", b"MZ\x90\x00"),
        ("factur-x.xml", made.a_zip()),
        ("invoice.xml", DATA),
        ("factur-x.xml", b"<html><script>alert(1)</script></html>"),
        ("factur-x.xml", DATA.replace(b"<ram:ID", b"<script>x</script><ram:ID")),
        ("factur-x.xml", DATA.replace(b"<rsm:Cross", b"<!DOCTYPE x [<!ENTITY a 'b'>]><rsm:Cross", 1)),
    ],
)
def test_any_other_file_in_a_document_is_refused(name: str, data: bytes) -> None:
    """INVARIANT: would break if a name were enough."""
    assert why(carrying(name, data)) in (Why.EMBEDDED_FILES, Why.SEVERAL_FILES, Why.ACTIVE_CONTENT)


def test_a_second_file_beside_an_invoice_is_refused() -> None:
    more = [
        b"<< /Type /Filespec /F (factur-x.xml) /EF << /F 7 0 R >> >>",
        made.stream(DATA, "/Type /EmbeddedFile"),
        made.stream(b"MZ", "/Type /EmbeddedFile"),
    ]
    catalog = "/Names << /EmbeddedFiles << /Names [(a) 6 0 R] >> >>"
    assert why(made.document(catalog=catalog, more=more)) == Why.EMBEDDED_FILES


def test_the_mark_of_a_page_in_a_packed_stream_is_chance() -> None:
    content = made.document(more=[made.stream(b"\x01\x02<svg>\x03 <script>")])
    assert words(content) == "Hello"


def test_a_photograph_in_a_document_does_not_say_where_it_was_taken() -> None:
    """INVARIANT: would break if documents were kept byte for byte: a scan that a telephone makes is a photograph in a page."""
    taken = made.photograph()
    size = Image.open(io.BytesIO(taken)).size
    shown = (
        f"/Type /XObject /Subtype /Image /Width {size[0]} /Height {size[1]} /ColorSpace /DeviceRGB /BitsPerComponent 8"
    )
    content = made.document(more=[made.stream(taken, f"{shown} /Filter /DCTDecode")])
    assert b"Secretphone" in content
    kept = outcome(content, "")[1]
    assert b"Secretphone" not in kept
    assert b"my secret comment" not in kept
    assert len(kept) == len(outcome(kept, "")[1]) == len(content)
    start = kept.index(b"\xff\xd8\xff")
    bare = Image.open(io.BytesIO(kept[start : start + len(taken)]))
    assert bare.tobytes() == Image.open(io.BytesIO(taken)).tobytes()


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe1\xff\xff",
        b"\xff\xd8\xff\xe1\x00\x00Exif",
        b"\xff\xd8\xff\xe1\x00\x08packed\xff\xda\x00\x02",
    ],
)
def test_what_only_begins_like_a_photograph_stays(body: bytes) -> None:
    content = made.document(more=[made.stream(body)])
    assert outcome(content, "")[1] == content
