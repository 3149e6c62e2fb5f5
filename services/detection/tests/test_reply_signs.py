"""R-05: what carries the verdict about one reply: headers, notes for everybody, and whether it takes up its question."""

from typing import Any

import pytest

from ombud_detection import Automation, AutomationVerdict, ReplyTrace, SellerReply, automated_reply, trace_of
from ombud_detection.mail_headers import automatic_header
from ombud_detection.reading import read_substance
from ombud_detection.reply_fit import is_concrete, takes_up

pytestmark = pytest.mark.rule("R-05")


def reply(asked: str, text: str, **more: Any) -> SellerReply:
    return SellerReply(asked, asked, text, more.pop("seconds", 900), 11, **more)


def alone(asked: str, text: str, language: str) -> Automation:
    return automated_reply(reply(asked, text), [], language=language)


def together(language: str, *pairs: tuple[str, str]) -> list[Automation]:
    replies = [reply(*pair) for pair in pairs]
    traces = [trace_of(each, language=language) for each in replies]
    return [automated_reply(each, traces[:i] + traces[i + 1 :], language=language) for i, each in enumerate(replies)]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Auto-Submitted": 'no; owner-email="a@shop.example"'}, None),
        ({"Auto-Submitted": "No (typed (by hand))"}, None),
        ({"Auto-Submitted": "(a comment) no"}, None),
        ({"X-Auto-Response-Suppress": "All"}, None),
        ({"X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply"}, None),
        ({"X-Autoreply": "no"}, None),
        ({"Auto-Submitted": "auto-replied (vacation 1.2.7)"}, "auto-submitted"),
        ({"auto-submitted": 'auto-generated; owner-email="a@shop.example"'}, "auto-submitted"),
        ({"Precedence": " Auto_Reply "}, "precedence"),
        ({"X-Autorespond": "holiday"}, "autoreply"),
    ],
)
def test_headers_are_read_as_their_standard_says(headers: dict[str, str], code: str | None) -> None:
    """RFC 3834, 5: a keyword, then parameters and comments. Asking for no automatic answers is not being one."""
    assert automatic_header(headers) == code


@pytest.mark.parametrize(
    ("language", "asked", "text"),
    [
        ("es", "¿Cuándo llega mi cafetera?", "Llega el viernes con SEUR. Del 24/12 al 02/01 estamos de vacaciones."),
        ("lv", "Kad būs kafijas automāts?", "Piegādās piektdien. No 24.12. līdz 02.01. mēs esam atvaļinājumā."),
        ("pt", "A devolução chegou?", "Sim, recebi a devolução e faço o reembolso a 03/01, porque estou de férias."),
        ("de", "Wann geht das Paket raus?", "Morgen mit DHL; vom 24.12. bis 02.01. ist die Werkstatt geschlossen."),
        ("ru", "Когда отправите?", "Сегодня до шести успею, а с завтрашнего дня я в отпуске до 12-го."),
        ("zh", "绿色围巾还有吗？", "绿色还剩两条。下周我们放假，要的话周五前拍。"),
        ("en", "Are you closed over Easter?", "We are closed from 3 to 6 April."),
        ("en", "How do I set it to 20 minutes?", "Hold the button. Follow our guide, and set 20 minutes with plus."),
    ],
)
def test_an_answer_with_closing_days_beside_it_is_individual(language: str, asked: str, text: str) -> None:
    assert alone(asked, text, language).verdict is AutomationVerdict.INDIVIDUAL


@pytest.mark.parametrize(
    ("language", "asked", "text", "reason"),
    [
        (
            "en",
            "Is it wool?",
            "I've gone camping and there's no signal. I'll catch up on Monday.",
            "phrase.out-of-office",
        ),
        ("es", "¿Es de lana?", "Estaré fuera hasta el 7 de enero y responderé a mi regreso.", "phrase.out-of-office"),
        ("zh", "是羊毛的吗？", "本周回老家了，暂时看不了消息，12号回来再逐个答复大家。", "phrase.out-of-office"),
        ("pl", "Jest z wełny?", "Do 12.08. bez telefonu, nie zaglądam do wiadomości.", "phrase.messages-wait"),
        (
            "de",
            "Der Gurt ist gerissen.",
            "Für Bestellungen antworten Sie mit 1, für Rücksendungen mit 2.",
            "menu.options",
        ),
        ("ru", "Порвался ремень.", "Выберите, пожалуйста: 1) где мой заказ 2) брак 3) другое", "menu.options"),
        ("zh", "拉链卡住了。", "查物流请回复1，退换货请回复2，尺码请回复3。", "menu.options"),
        ("lv", "Burka iztecēja.", "Atlaides klāt! Pasūti tagad, seko mums un saņem dāvanā sēklas.", "advert.offers"),
        ("pt", "A torradeira dispara.", "Artigos sobre torradeira: Limpeza. Isto ajudou?", "robot.talk"),
    ],
)
def test_notes_for_everybody_are_automated_and_say_why(language: str, asked: str, text: str, reason: str) -> None:
    judged = alone(asked, text, language)
    assert judged.verdict is AutomationVerdict.AUTOMATED
    assert reason in judged.reasons


def test_a_weak_sign_of_absence_is_not_enough() -> None:
    assert alone("Is it wool?", "I am on a course.", "en").verdict is AutomationVerdict.INDIVIDUAL


@pytest.mark.parametrize(
    ("language", "pairs"),
    [
        (
            "en",
            [
                ("Is the drone battery included?", "Yes, one battery is in the case and the charger too."),
                ("Do I get a battery with the drone?", "Yes, one battery is in the case, and a charger."),
                ("Battery in the box?", "Yes, one battery comes in the case with its charger."),
            ],
        ),
        (
            "zh",
            [
                ("帐篷防雨吗？", "防的，压了胶。"),
                ("下雨会漏吗？", "不漏，压胶的。"),
                ("暴雨能扛住不？", "扛得住。"),
            ],
        ),
    ],
)
def test_one_true_answer_to_one_question_of_many_is_individual(language: str, pairs: list[tuple[str, str]]) -> None:
    assert {judged.verdict for judged in together(language, *pairs)} == {AutomationVerdict.INDIVIDUAL}


def test_short_answers_that_repeat_nothing_are_not_a_repetition() -> None:
    judged = together("zh", ("防雨吗？", "防的，压了胶。"), ("多重？", "三公斤。"), ("红的有吗？", "没红的。"))
    assert not any("repetition.different-questions" in each.reasons for each in judged)


def test_answers_that_take_no_question_up_are_automated() -> None:
    judged = together(
        "en",
        ("Does the feeder rust?", "The audio book runs for eleven hours, read by the author."),
        ("My honey jar leaked.", "Third row from the stage, both seats are together."),
        ("Can you post to Jersey?", "He's four months old, vaccinated and very playful."),
        ("Is the pole included?", "Chapter two explains how to set the clock."),
    )
    assert {each.verdict for each in judged} == {AutomationVerdict.AUTOMATED}
    assert all("beside.every-question" in each.reasons for each in judged)


@pytest.mark.parametrize(
    ("language", "asked", "text", "expected"),
    [
        ("en", "When will it ship?", "On Thursday.", True),
        ("en", "How long is the cable?", "3 m", True),
        ("en", "Why is it delayed?", "Because the glaze cracked.", True),
        ("es", "¿Se puede grabar?", "Aquí no, pero el joyero lo hace.", True),
        ("de", "Der Deckel ist undicht.", "Ich schicke Ersatz.", True),
        ("es", "Se partió el gancho.", "¿Me manda una foto?", True),
        ("en", "Is the pole included?", "Chapter two explains the clock.", False),
        ("en", "The jar leaked.", "Rest assured that your jar is important to us.", False),
        ("zh", "喂鸟器会生锈吗？", "有声书一共十一个小时。", False),
        ("en", "And?", "Chapter two explains the clock.", None),
    ],
)
def test_a_reply_takes_up_its_question_by_subject_word_or_kind_of_answer(
    language: str, asked: str, text: str, expected: bool | None
) -> None:
    assert takes_up(read_substance(text, language=language), read_substance(asked, language=language)) is expected


def test_a_trace_that_does_not_know_what_its_reply_took_up_accuses_nobody() -> None:
    """Traces kept before replies were compared with their questions lack these fields."""
    known = trace_of(reply("Does it rust?", "The book runs for eleven hours."), language="en")
    names = ("buyer", "asked", "sentences", "latency_seconds", "hour", "empty", "misfit", "fits")
    bare = [ReplyTrace(**{name: getattr(known, name) for name in names})] * 2
    judged = automated_reply(reply("My jar leaked.", "Third row from the stage."), bare, language="en")
    assert judged.verdict is AutomationVerdict.INDIVIDUAL


def test_goodwill_names_nothing() -> None:
    assert not is_concrete(read_substance("Your words are safe with our team.", language="en"))
    assert is_concrete(read_substance("The lamp takes two bulbs.", language="en"))
