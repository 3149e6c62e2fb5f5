"""File names in headers, as browsers, telephones and command lines send them."""

import pytest

from ombud_files.disposition import file_name

ROTATED = "r%C4%93%C4%B7ins.pdf"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("attachment; filename=\"r__ins.pdf\"; filename*=UTF-8''" + ROTATED, "rēķins.pdf"),
        ("attachment; filename*=utf-8'lv'" + ROTATED + '; filename="r__ins.pdf"', "rēķins.pdf"),
        ("attachment;filename*=UTF-8''a%20b%3Bc.jpg", "a b;c.jpg"),
        ("attachment; FILENAME*=UTF-8''a.jpg", "a.jpg"),
        ("attachment; filename*=iso-8859-1''na%EFve.jpg", "naïve.jpg"),
        ("attachment; filename*=klingon''x.jpg; filename=y.jpg", "y.jpg"),
        ("attachment; filename*=UTF-8''%FF.jpg; filename=y.jpg", "y.jpg"),
        ("attachment; filename*=nonsense; filename=y.jpg", "y.jpg"),
        ('attachment; filename="a\\"b;c.jpg"', 'a"b;c.jpg'),
        ("attachment; filename=plain name.jpg", "plain name.jpg"),
        ("attachment; filename=token.jpg; size=12", "token.jpg"),
        ('attachment; filename="r\u0113\u0137ins.pdf"'.encode().decode("latin-1"), "rēķins.pdf"),
        ('form-data; name="file"; filename="фото.png"'.encode().decode("latin-1"), "фото.png"),
        ('attachment; filename="na\xefve.jpg"', "naïve.jpg"),
        ("attachment", None),
        ('attachment; filename=""', None),
        ("", None),
    ],
)
def test_the_name_is_the_one_that_the_sender_meant(header: str, name: str | None) -> None:
    """RFC 6266, 4.3, and RFC 8187."""
    assert file_name(header) == name
