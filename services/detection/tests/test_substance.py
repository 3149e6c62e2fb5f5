"""R-02: the questions of a buyer, what a reply addresses, insults, pure thanks, "this does not answer me"."""

import pytest

from ombud_detection import addressed, insults, is_pure_thanks, questions, says_not_answered

pytestmark = pytest.mark.rule("R-02")

LANGUAGES = ("lv", "pt", "es", "de", "ru", "en", "pl", "zh")


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        (
            "Hello! Is the battery new? And which colour is it.",
            "en",
            ["Is the battery new?", "And which colour is it."],
        ),
        (
            "Hallo, wann kommt das Paket? Und ist das Netzteil dabei?",
            "de",
            ["Hallo, wann kommt das Paket?", "Und ist das Netzteil dabei?"],
        ),
        ("有充电器吗 屏幕有划痕吗？", "zh", ["有充电器吗 屏幕有划痕吗？"]),
        ("电池是新的吗", "zh", ["电池是新的吗"]),
        ("Labdien! Kad nosūtīsiet?", "lv", ["Kad nosūtīsiet?"]),
        ("¿Trae cargador? Gracias.", "es", ["¿Trae cargador?"]),
        ("Спасибо, всё пришло.", "ru", []),
        ("The parcel came.", "en", []),
    ],
)
def test_questions_are_listed(text: str, language: str, expected: list[str]) -> None:
    assert [text[q.start : q.end] for q in questions(text, language)] == expected


def test_a_reply_ticks_off_the_questions_it_addresses() -> None:
    text = "Is the battery new? Is a charger in the box?"
    assert addressed(text, questions(text, "en"), "The battery is at 91 %.", "en") == (True, False)


def test_a_promise_addresses_nothing() -> None:
    text = "Is the battery new?"
    assert addressed(text, questions(text, "en"), "We are looking into it.", "en") == (False,)


def test_a_word_that_means_no_in_another_language_answers_nothing() -> None:
    """Latvian "no" is "from"."""
    text = "Vai akumulators ir jauns?"
    assert addressed(text, questions(text, "lv"), "Sūtījums no noliktavas dodas rīt.", "lv") == (False,)


def test_yes_is_an_answer_to_a_yes_or_no_question() -> None:
    text = "Czy jest bez blokady?"
    assert addressed(text, questions(text, "pl"), "Tak.", "pl") == (True,)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Thank you very much!", "en"),
        ("Vielen Dank für die schnelle Antwort.", "de"),
        ("Muchas gracias, todo perfecto", "es"),
        ("Obrigada, tudo certo!", "pt"),
        ("Спасибо большое, всё понятно", "ru"),
        ("Dziękuję bardzo, wszystko ok", "pl"),
        ("Liels paldies, viss labi!", "lv"),
        ("谢谢，收到了", "zh"),
    ],
)
def test_pure_thanks_need_no_reply(text: str, language: str) -> None:
    assert is_pure_thanks(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Thanks, but the screen is broken", "en"),
        ("Danke, wann kommt es?", "de"),
        ("Спасибо, жду деньги", "ru"),
        ("ok 256", "en"),
    ],
)
def test_thanks_with_something_else_still_wait_for_a_reply(text: str, language: str) -> None:
    assert not is_pure_thanks(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("You are an idiot", "en"),
        ("Sie Betrüger!", "de"),
        ("Eres un imbécil", "es"),
        ("Seu otário", "pt"),
        ("Вы идиоты", "ru"),
        ("Ty oszuście", "pl"),
        ("Jūs krāpnieki!", "lv"),
        ("你这个骗子", "zh"),
    ],
)
def test_insults_are_flagged(text: str, language: str) -> None:
    assert insults(text, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_courtesy_is_no_insult(language: str) -> None:
    assert not insults(
        {"zh": "谢谢您的帮助"}.get(language, "Gracias, obrigado, danke, спасибо, thanks, paldies, dziękuję"), language
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("That does not answer my question", "en"),
        ("Das beantwortet meine Frage nicht", "de"),
        ("Eso no es lo que pregunté", "es"),
        ("Isso não responde", "pt"),
        ("Вы не ответили на мой вопрос", "ru"),
        ("Nie rozumiem", "pl"),
        ("Es nesapratu", "lv"),
        ("您没有回答我的问题", "zh"),
    ],
)
def test_a_buyer_can_say_that_the_reply_does_not_answer(text: str, language: str) -> None:
    assert says_not_answered(text, language)
