"""What the screen of clauses shows."""

from chassis.http import View
from ombud_contracts.market import Market
from ombud_contracts.texts import language_for, texts_for


class ClauseView(View):
    """A clause that a decision can name."""

    clause: str
    text: str


class MarketClauses(View):
    """The clauses of a market, in one version."""

    market: str
    version: str
    language: str
    """Of the texts; English where there are none in the language that was asked for."""
    clauses: list[ClauseView]
    remedies: list[str]
    """Remedies in the order that the law prefers."""


class ClauseList(View):
    """Clauses by market."""

    markets: list[MarketClauses]


def market_clauses(market: Market, language: str | None) -> MarketClauses:
    """Return a market's clauses as texts."""
    legal, texts = market.legal, texts_for(market, language)
    return MarketClauses(
        market=market.id,
        version=legal.version,
        language=language_for(market, language),
        clauses=[ClauseView(clause=clause, text=texts.clause(clause, legal)) for clause in sorted(legal.clauses)],
        remedies=list(legal.remedies),
    )
