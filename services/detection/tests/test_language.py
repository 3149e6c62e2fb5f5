"""R-03: the language of a reply against the expected one; what is not sure is not a mismatch."""

import pytest
from labelled_texts import f1, rows, share

from ombud_detection import language_of

pytestmark = pytest.mark.rule("R-03")


@pytest.mark.parametrize(
    "name",
    [
        "examples_language",
        "language",
        "language_second",
        "language_third",
        "language_fourth",
        "language_fifth",
        "language_sixth",
        "language_seventh",
        "language_eighth",
    ],
)
def test_mismatches_are_found_and_sure(name: str) -> None:
    judged = [(r["mismatch"], language_of(r["text"], r["expected"]).mismatch) for r in rows(name)]
    assert f1(judged) >= 0.96
    assert share(truth for truth, said in judged if said) >= 0.95


@pytest.mark.parametrize(
    "text",
    [
        "",
        "👍",
        "399,99 €",
        "ok",
        "iPhone 13 Pro 256 GB",
        "SW-2026-416368",
        "DHL 00340434161094042557",
        "https://help.marketplace.example",
    ],
)
@pytest.mark.parametrize("expected", ["lv", "pt", "es", "de", "ru", "en", "pl", "zh"])
def test_numbers_names_and_signs_tell_nothing(text: str, expected: str) -> None:
    verdict = language_of(text, expected)
    assert (verdict.language, verdict.mismatch) == ("und", False)


def test_quotes_and_signatures_are_not_the_reply() -> None:
    text = "Вышлем завтра утром.\n> When will you send my order? I have been waiting for a week.\n-- \nBest regards, the whole team of the shop"
    assert language_of(text, "ru").mismatch is False
    assert language_of(text, "en").mismatch is True


def test_russian_in_latin_letters_is_russian() -> None:
    assert language_of("spasibo, vsyo ponyal", "ru").mismatch is False


def test_what_is_cited_between_quotation_marks_is_not_the_language_of_the_reply() -> None:
    text = "如果提示“This accessory may not be supported”，换根线就好。"
    assert language_of(text, "zh").language == "zh"


def test_russian_in_latin_letters_is_known_by_its_endings() -> None:
    assert not language_of("Razyom byl gryazniy, pochistil, teper zaryazhaet.", "ru").mismatch


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Enviado Correos express", "es"),
        ("Pedido enviado por SEUR, tracking 123456", "es"),
        ("Cor preta disponível", "es"),
        ("Demora duas semanas", "es"),
        ("Tarda dos semanas", "pt"),
        ("Siunta jau kelyje", "lv"),
        ("Faktúra je hotova", "pl"),
        ("Morgen in huis", "de"),
        ("Пратката тръгна днес", "ru"),
        ("Der iPhone 15", "lv"),
    ],
)
def test_three_words_are_never_surely_of_a_neighbour(text: str, expected: str) -> None:
    verdict = language_of(text, expected)
    assert not verdict.mismatch
    assert verdict.language in ("und", expected)


@pytest.mark.parametrize("text", ["Envio amanhã cedo", "Não está disponível"])
def test_letters_that_a_language_lacks_tell_even_three_words(text: str) -> None:
    assert language_of(text, "es").mismatch


@pytest.mark.parametrize("expected", ["lv", "pt", "es", "de", "en", "pl"])
def test_names_of_carriers_and_makers_belong_to_no_language(expected: str) -> None:
    for text in ("Royal Mail, Evri, Yodel", "Correos Express", "Deutsche Post", "Bosch Philips Braun"):
        assert language_of(text, expected).language == "und"
