"""R-05: automated replies are told from individual ones, with reasons, and doubt speaks for the seller."""

from typing import Any

import pytest
from labelled_texts import f1, rows, share

from ombud_detection import AutomationVerdict, SellerReply, automated_reply, trace_of

pytestmark = pytest.mark.rule("R-05")


def reply(text: str, *, asked: str = "Where is my parcel?", seconds: float = 600, **more: Any) -> SellerReply:
    return SellerReply(more.pop("buyer", "b1"), asked, text, seconds, 11, **more)


def sellers(name: str) -> list[tuple[dict[str, Any], list[bool]]]:
    judged = []
    for row in rows(name):
        replies = [
            SellerReply(m["buyer"], m["asked"], m["text"], m["latency_s"], m["hour"], m["channel"], m["headers"])
            for m in row["messages"]
        ]
        traces = [trace_of(r, language=row["lang"]) for r in replies]
        said = [
            automated_reply(r, traces[:i] + traces[i + 1 :], language=row["lang"]).verdict
            is AutomationVerdict.AUTOMATED
            for i, r in enumerate(replies)
        ]
        judged.append((row, said))
    return judged


SETS = [
    "examples_replies",
    "replies",
    "replies_second",
    "replies_third",
    "replies_fourth",
    "replies_fifth",
    "replies_sixth",
    "replies_seventh",
    "replies_eighth",
    "replies_ninth",
    "replies_tenth",
    "replies_eleventh",
]


def test_hardly_any_individual_seller_is_called_automated() -> None:
    names = ("replies_sixth", "replies_seventh", "replies_eighth", "replies_ninth", "replies_tenth", "replies_eleventh")
    individual = [said for name in names for row, said in sellers(name) if row["label"] == "individual"]
    assert len(individual) > 80
    assert share(sum(said) * 2 >= len(said) for said in individual) <= 0.03


@pytest.mark.parametrize("name", SETS)
def test_sellers_and_replies_are_judged_right(name: str) -> None:
    judged = sellers(name)
    assert f1((r["label"] == "auto", sum(said) * 2 >= len(said)) for r, said in judged) >= 0.9
    assert share((r["label"] == "auto") == (sum(said) * 2 >= len(said)) for r, said in judged if r["hard"]) >= 0.88
    assert f1((m["auto"], s) for r, said in judged for m, s in zip(r["messages"], said, strict=True)) >= 0.9


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (
            "I am on annual leave until 12 August and have limited access to messages. In urgent cases please use the help centre.",
            "en",
        ),
        ("Ich bin bis zum 28.08.2026 nicht im Büro und lese Nachrichten nur eingeschränkt.", "de"),
        ("Estoy de vacaciones hasta el 12.08. Para asuntos urgentes use el centro de ayuda.", "es"),
        ("Estou de férias até 12.08. Em caso de urgência use o centro de ajuda.", "pt"),
        ("Я в отпуске до 2.08.2026, доступ к сообщениям ограничен.", "ru"),
        ("Jestem na urlopie do 12.08, w pilnych sprawach proszę korzystać z centrum pomocy.", "pl"),
        ("Esmu atvaļinājumā līdz 12.08., steidzamos gadījumos izmantojiet palīdzības centru.", "lv"),
        ("我休假至8月12日，无法及时回复，如有急事请使用帮助中心。", "zh"),
        ("This is an automated message, please do not reply.", "en"),
    ],
)
def test_a_single_out_of_office_text_without_history_is_recognised(text: str, language: str) -> None:
    judged = automated_reply(reply(text), [], language=language)
    assert judged.verdict is AutomationVerdict.AUTOMATED
    assert judged.reasons


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"auto-submitted": "auto-generated"},
        {"Precedence": "auto_reply"},
        {"X-Autoreply": "yes"},
    ],
)
def test_headers_of_automatic_mail_decide(headers: dict[str, str]) -> None:
    judged = automated_reply(reply("The parcel is in Riga.", channel="email", headers=headers), [], language="en")
    assert judged.verdict is AutomationVerdict.AUTOMATED


def test_the_header_that_says_no_is_innocent() -> None:
    judged = automated_reply(
        reply("The parcel is in Riga.", channel="email", headers={"Auto-Submitted": "no"}), [], language="en"
    )
    assert judged.verdict is AutomationVerdict.INDIVIDUAL


def test_one_weak_sign_is_not_enough() -> None:
    judged = automated_reply(reply("We are looking into it."), [], language="en")
    assert judged.verdict is not AutomationVerdict.AUTOMATED
    assert judged.reasons == ("emptiness.this-reply",)


def test_a_saved_greeting_around_an_answer_is_innocent() -> None:
    texts = [
        ("Is it dual SIM?", "One nano SIM and one eSIM."),
        ("Any colour left?", "Only blue, with a scratch."),
        ("Warranty?", "Two years from today."),
    ]
    replies = [
        reply(f"Hello dear customer, thank you for your patience. {t} Have a nice day, Tom", asked=a, buyer=str(i))
        for i, (a, t) in enumerate(texts)
    ]
    traces = [trace_of(r, language="en") for r in replies]
    for i, each in enumerate(replies):
        assert (
            automated_reply(each, traces[:i] + traces[i + 1 :], language="en").verdict is AutomationVerdict.INDIVIDUAL
        )


def test_one_word_answers_to_yes_or_no_questions_are_innocent() -> None:
    replies = [
        reply("Yes.", asked=a, buyer=str(i))
        for i, a in enumerate(["Is it new?", "Is the box there?", "Does it have eSIM?"])
    ]
    traces = [trace_of(r, language="en") for r in replies]
    assert automated_reply(replies[0], traces[1:], language="en").verdict is AutomationVerdict.INDIVIDUAL


def test_what_is_remembered_of_a_reply_holds_no_text() -> None:
    trace = trace_of(reply("The secret garden opens on Tuesday."), language="en")
    assert "secret" not in repr(trace)
    assert "garden" not in repr(trace)


def test_terms_quoted_under_every_answer_do_not_make_it_miss_its_question() -> None:
    terms = " Please note: parcels are insured up to 500 pounds."
    answers = (
        ("The left speaker crackles.", "Mine did too, a reset cured it."),
        ("Is there a scratch near the lens?", "A hairline one against the light."),
        ("Why was my payment blocked?", "Your bank checks it, take another card."),
    )
    replies = [reply(text + terms, asked=asked, buyer=asked) for asked, text in answers]
    assert AutomationVerdict.AUTOMATED not in verdicts(replies)


def test_goodwill_of_a_team_that_never_names_anything_is_automated() -> None:
    answers = (
        ("Is it leather?", "The matter has our full attention."),
        ("Which Android?", "You can count on our team."),
        ("Any scratch?", "Our aim is a happy customer."),
        ("Ten off?", "We value your patience."),
    )
    replies = [reply(text, asked=asked, buyer=asked, seconds=97 * len(text)) for asked, text in answers]
    assert set(verdicts(replies)) == {AutomationVerdict.AUTOMATED}


def verdicts(replies: list[SellerReply]) -> list[AutomationVerdict]:
    traces = [trace_of(r, language="en") for r in replies]
    return [automated_reply(r, traces[:i] + traces[i + 1 :], language="en").verdict for i, r in enumerate(replies)]
