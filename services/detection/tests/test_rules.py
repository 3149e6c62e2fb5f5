"""Rules are data: each has an owner's sentence and is seen to work; a broken file stops the process at start."""

import re
import tomllib
from importlib import resources

import pytest
from labelled_texts import rows

from ombud_detection import inspect
from ombud_detection.lexicon import Lexicon, contact_lexicon
from ombud_detection.phrases import phrase_rules
from ombud_detection.ruledata import (
    BrokenRuleFile,
    lexicon_files,
    number_of,
    rule_file,
    table_of,
    tables_of,
    text_of,
    words_of,
)

FILES = (
    "accounts.toml",
    "apps.toml",
    "fillers.toml",
    "hosts.toml",
    "languages.toml",
    "marks.toml",
    "phrases.toml",
    "policy.toml",
    "regions.toml",
    "topics.toml",
)
LANGUAGES = {"lv", "pt", "es", "de", "ru", "en", "pl", "zh"}

# One text for every rule of phrases.toml, and one refusal of it.
SEEN = {
    "invite.contact-on-app": ("Write me on WhatsApp", "Please don't write me on WhatsApp"),
    "invite.write-on-app": ("schreib auf Telegram", "Schreib bitte nicht auf Telegram"),
    "invite.have-app": ("Do you have Viber?", "Do you have Viber installed on it?"),
    "invite.ask-contact": ("Can you give me your number?", "Do not give me your number"),
    "invite.own-contact": ("My number is in the photo", "My number is not in the photo"),
    "invite.offer-contact": ("contact me, here is my number", "do not contact me at my number"),
    "invite.call": ("Just call me", "Please do not call me"),
    "invite.riddle-app": ("in the green app I answer at once", "not in the green app"),
    "invite.same-name": ("same name on Instagram", "never the same name on Instagram"),
    "invite.search-same-name": ("search for our name", "don't search for our name"),
    "invite.search-place": ("find us on social media", "don't find us on social media"),
    "invite.move-outside": ("let's continue somewhere else", "let's not continue somewhere else"),
    "invite.own-site": ("cheaper on our website", "it is not cheaper on our website"),
    "invite.group": ("join the Telegram group", "do not join the Telegram group"),
    "invite.search-on-app": ("search on Facebook for it", "don't search on Facebook for it"),
    "invite.ask-contact-question": ("Might you share your mobile number?", "Never share your mobile number, please"),
    "invite.app-by-icon": ("the app with the white phone on green", "not the app with the white phone on green"),
    "invite.scan": ("scan the QR code in the last picture", "do not scan the QR code in the last picture"),
    "invite.meet-on-app": ("I'm easier to get hold of on Telegram", "I'm not to be found on Telegram, write here"),
    "invite.short-question": ("Got Viber?", "No Viber?"),
    "invite.other-account": ("see my other account on ebay", "I have no other account on ebay"),
    "invite.leave-number": ("Leave your number", "Don't leave your number"),
    "payment.wallet-deal": ("let's do it by Revolut, 20 less", "let's do it by Revolut on the platform, 20 less"),
    "payment.skip-the-site": ("if we skip this site it is cheaper", "we never skip this site"),
    "invite.what-is-your": ("Which is your e-mail?", "Which is your email in the account settings?"),
    "invite.icon-to-find": ("find me at the white ghost", "do not look for me at the white ghost"),
    "payment.cash-and-cancel": (
        "let's do cash, cancel the order after",
        "let's do cash? No, I want a refund, then cancel the order",
    ),
    "invite.ask-app": ("Can I have your Viber to send the clip?", "Please don't tell me your Viber"),
    "url.told-together": ("the site is gadget barn, all one word", "the site is not gadget barn, all one word"),
    "invite.go-to-app": ("去微信", "不去微信"),
    "invite.which-number": ("Which number can I call you on?", "I won't ask which number I can call you on"),
    "invite.number-to-ring": ("Is there a number I can ring you on?", "I won't ask for a number to ring you on, ok?"),
    "invite.disguised-app": ("w.h.a.t.s.a.p.p me", "no w.h.a.t.s.a.p.p"),
    "invite.elsewhere": ("Shall we carry on in another app?", "I do not want to carry on in another app"),
    "invite.talk-by-phone": ("Can we talk it over by phone?", "We can't talk it over by phone"),
    "invite.swap-contacts": ("Shall we swap numbers?", "We do not swap numbers"),
    "invite.number-for-reaching": ("Send me a number I can reach you on", "Don't send me a number I can reach you on"),
    "invite.how-to-reach": ("How can I reach you privately?", "I won't ask how can I reach you privately"),
    "invite.call-proposal": ("Would you be up for a quick call?", "I would not be up for a quick call, shall we write"),
    "invite.reach-outside": ("Wie darf ich Sie privat erreichen?", "Ich möchte Sie nicht privat erreichen"),
    "invite.prefer-mail": ("I prefer email for this", "I do not prefer email for this"),
    "invite.way-to-reach": ("Leave me a way to reach you", "Do not leave me a way to reach you"),
    "payment.money-in-hand": ("Give me the money at the door", "I won't give you the money at the door"),
    "invite.leave-contact": ("Leave me a contact of yours", "Do not leave me a contact of yours"),
    "payment.without-the-site": ("Cheaper if we skip the checkout", "It is not cheaper, so do not skip the checkout"),
    "payment.own-bill": ("Cancel it and I send a separate invoice", "I never cancel it for a separate invoice"),
    "payment.to-kin": ("Make the transfer to my sister's account", "I make no transfer to my sister's account"),
    "payment.to-self-for-less": ("Pay me and I knock off 20", "I won't pay you, do not offer to knock off 20"),
    "payment.cancel-and-pay": ("Cancel it and give me cash", "I do not want to cancel it and give cash"),
    "payment.own-link": ("I'll send you a payment link", "I won't open a payment link, I'll send nothing"),
    "payment.buy-direct": ("Buy directly from us", "Never buy directly from us, it is not allowed"),
    "payment.cash-for-less": ("Cash on collection and it is cheaper", "No cash on collection, even if it is cheaper"),
    "payment.direct": ("pay me directly", "don't pay me directly"),
    "payment.outside": ("pay outside the platform", "I never pay outside the platform"),
    "payment.around-the-platform": (
        "we can do it outside the platform",
        "nothing outside the platform, I won't do it, not allowed",
    ),
    "payment.to-me": ("a bank transfer to my account", "no bank transfer to my account"),
    "payment.friends": ("PayPal friends and family", "no PayPal friends and family"),
    "payment.at-our-place": ("Pay in our shop, I'll cancel it here", "I do not want to pay in the shop, I cancel"),
    "payment.refund-by-hand": (
        "Send me your IBAN, I'll refund you myself",
        "Never send your IBAN, I won't refund you myself",
    ),
    "invite.contact-form": ("Use the contact form on our homepage", "Do not use the contact form on our homepage"),
    "invite.answer-my-text": ("Answer the text I sent", "Do not answer the text I sent"),
    "invite.search-to-reach": ("Google us to get hold of us", "Do not google us to get hold of us"),
    "payment.dodge-fee": ("save the fee, pay by cash", "I do not want to save the fee, pay by cash"),
}


@pytest.mark.parametrize("name", FILES)
def test_rule_files_parse_and_name_their_owner(name: str) -> None:
    written = resources.files("ombud_detection.rules").joinpath(name).read_text(encoding="utf-8")
    assert "# Owner: " in written
    assert tomllib.loads(written)


def test_every_language_of_the_markets_has_a_lexicon_with_numbers() -> None:
    tables = {text_of(table, "language"): table for _, table in lexicon_files()}
    assert set(tables) >= LANGUAGES
    for language in LANGUAGES:
        assert {str(d) for d in range(10)} <= set(table_of(tables[language], "numbers"))


def test_every_language_fills_the_same_classes() -> None:
    tables = {text_of(table, "language"): set(table_of(table, "classes")) for _, table in lexicon_files()}
    needed = set.intersection(*(tables[language] for language in LANGUAGES))
    for language in LANGUAGES:
        assert tables["en"] - tables[language] <= {"bargain"}, language
    assert {"at", "dot_word", "phone_label", "ref_label", "contact_me", "pay_me", "negation", "out_of_office"} <= needed


def test_every_phrase_rule_has_its_cases_here() -> None:
    assert {rule.id for rule in phrase_rules()} == set(SEEN)


@pytest.mark.parametrize("identity", sorted(SEEN))
def test_a_phrase_rule_finds_its_case_and_spares_the_refusal(identity: str) -> None:
    said, refused = SEEN[identity]
    kind = identity.split(".")[0]
    assert kind in {f.kind for f in inspect(said, language=_language(said), market="uk")}
    assert not inspect(refused, language=_language(refused), market="uk")


def _language(text: str) -> str:
    if text > "\u2e80":
        return "zh"
    return "de" if re.search(r"schreib|erreich", text, re.I) else "en"


def test_phrase_rules_have_sentences_and_known_classes() -> None:
    known = {cls for _, table in lexicon_files() for cls in table_of(table, "classes")} | {
        "app",
        "app_short",
        "app_disguised",
    }
    for row in tables_of(rule_file("phrases.toml"), "rule"):
        assert len(text_of(row, "sentence")) > 20
        for key in ("first", "second", "unless", "needs"):
            assert set(words_of(row, key)) <= known, (text_of(row, "id"), key)


def test_adding_an_app_name_is_adding_data() -> None:
    lexicon = Lexicon([("mynewapp", "app", "mynewapp", None)])
    assert [(h.cls, h.value) for h in lexicon.hits("write me on mynewapp", "en")] == [("app", "mynewapp")]


def test_words_end_where_words_end() -> None:
    lexicon = Lexicon([("app", "x", "", None), ("bat*", "y", "", None), ("微信", "z", "", None)])
    assert [h.cls for h in lexicon.hits("happy battery app 加微信吧", None)] == ["y", "x", "z"]


@pytest.mark.parametrize(
    ("read", "table"),
    [(words_of, {"k": 1}), (text_of, {"k": 1}), (number_of, {"k": "1"}), (tables_of, {"k": [1]}), (table_of, {"k": 1})],
)
def test_a_rule_of_the_wrong_shape_is_refused(read: object, table: dict[str, object]) -> None:
    assert callable(read)
    with pytest.raises(BrokenRuleFile, match="k"):
        read(table, "k")


def test_the_labelled_texts_name_only_known_kinds() -> None:
    assert {kind for r in rows("leaks_dev") for kind in r["kinds"]} <= {
        "email",
        "phone",
        "url",
        "handle",
        "bank",
        "payment",
        "invite",
    }


def test_the_lexicon_is_compiled_once() -> None:
    assert contact_lexicon() is contact_lexicon()
