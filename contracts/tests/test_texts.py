"""Texts for people: each row of data has one in every language of the markets, and a translation is of the same words."""

import pytest
from pydantic import ValidationError

from ombud_contracts.market import Market, load_markets
from ombud_contracts.texts import FALLBACK, Texts, all_texts, language_for, texts_for
from ombud_contracts.vocabulary import ChargeKind, Reason

MARKETS = load_markets()
LANGUAGES = sorted({language for market in MARKETS.values() for language in market.languages})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_charge_and_clause_has_a_text_in_each_language_of_the_markets(language: str) -> None:
    """INVARIANT: would break if a row were added to a market or to the vocabulary without its texts."""
    texts = all_texts()[language]
    assert texts.reasons.keys() == set(Reason)
    assert texts.charges.keys() == set(ChargeKind)
    for market in MARKETS.values():
        for clause in market.legal.clauses:
            assert texts.clause(clause, market.legal) == texts.clauses[clause]
    every = [*texts.reasons.values(), *texts.charges.values(), *texts.clauses.values()]
    assert all(text == text.strip() and text for text in every)


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != FALLBACK])
def test_a_translation_is_not_the_english_text(language: str) -> None:
    texts, english = all_texts()[language], all_texts()[FALLBACK]
    for named, of_english in ((texts.reasons, english.reasons), (texts.clauses, english.clauses)):
        assert named.keys() == of_english.keys()
        assert not [key for key, text in named.items() if text == of_english[key]]


def test_a_market_that_words_a_clause_differently_shows_its_own_words() -> None:
    """A translation of other words would be a clause that nobody agreed to."""
    legal = MARKETS["lv"].legal
    changed = legal.model_copy(update={"clauses": {**legal.clauses, "S-5.1": "Another rule.", "S-9.1": "A new rule."}})
    texts = all_texts()["lv"]
    assert [texts.clause(clause, changed) for clause in ("S-5.1", "S-9.1")] == ["Another rule.", "A new rule."]
    assert texts.clause("S-5.2", changed) == texts.clauses["S-5.2"]
    with pytest.raises(KeyError):
        texts.clause("S-0.0", changed)


@pytest.mark.parametrize(("asked", "language"), [(None, "pt"), ("de", "de"), ("en", "en"), ("zh", "en")])
def test_somebody_reads_in_the_language_they_ask_for_or_the_markets_first(asked: str | None, language: str) -> None:
    market: Market = MARKETS["pt"]
    assert language_for(market, asked) == language
    assert texts_for(market, asked) == all_texts()[language]


def test_a_file_that_lacks_a_row_is_refused() -> None:
    whole = all_texts()["de"].model_dump()
    lacking = {**whole, "reasons": {name: text for name, text in whole["reasons"].items() if name != Reason.LATE}}
    with pytest.raises(ValidationError, match="rows without a text: LATE"):
        Texts.model_validate(lacking)
