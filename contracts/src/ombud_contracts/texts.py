"""Reasons, charges and clauses as texts for people, in each language: one file per language in `texts`.

A market's file says which clauses it has, and their text in English. A translation is the translation of that text: a market
that words a clause differently shows its own words.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, model_validator

from ombud_contracts.market import Legal, Market
from ombud_contracts.vocabulary import ChargeKind, Reason

FALLBACK = "en"
"""The language of whoever asks for one without texts."""


class Texts(BaseModel):
    """What people read, in one language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reasons: dict[Reason, str]
    charges: dict[ChargeKind, str]
    clauses: dict[str, str]

    @model_validator(mode="after")
    def _has_every_row(self) -> "Texts":
        missing = [*(set(Reason) - self.reasons.keys()), *(set(ChargeKind) - self.charges.keys())]
        if missing:
            raise ValueError(f"rows without a text: {', '.join(sorted(missing))}")
        return self

    def clause(self, clause: str, legal: Legal) -> str:
        """Return the text of a clause of a market, in its own words where no translation is of these. Raises KeyError."""
        own = legal.clauses[clause]
        return self.clauses.get(clause, own) if all_texts()[FALLBACK].clauses.get(clause) == own else own


@cache
def all_texts() -> Mapping[str, Texts]:
    """Return the texts by language. Raises ValidationError when a file lacks a row."""
    folder = files("ombud_contracts").joinpath("texts")
    named = {p.name.removesuffix(".toml"): p for p in folder.iterdir() if p.name.endswith(".toml")}
    return {language: Texts.model_validate(tomllib.loads(p.read_text())) for language, p in sorted(named.items())}


def language_for(market: Market, asked: str | None) -> str:
    """Return the language in which somebody reads a market's texts: the one they ask for, or the market's first."""
    language = asked or market.languages[0]
    return language if language in all_texts() else FALLBACK


def texts_for(market: Market, asked: str | None) -> Texts:
    """Return a market's texts in the language that somebody asks for, or in the market's first."""
    return all_texts()[language_for(market, asked)]
