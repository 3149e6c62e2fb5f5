"""What a statement on paper calls things, in each language that charges have texts in: one file per language in `texts`."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from ombud_contracts.texts import FALLBACK, all_texts


class Labels(BaseModel):
    """The words of a statement, in one language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    seller: str
    month: str
    market: str
    period: str
    drawn: str
    opening: str
    charged: str
    settled: str
    closing: str
    date: str
    charge: str
    decision: str
    net: str
    vat: str
    gross: str
    contest: str
    appeal: str
    days_left: str
    """With `{days}`."""
    status: str
    reversal: str
    taken: str
    repaid: str
    payouts: str
    run: str
    amount: str
    clauses: str
    total: str
    nothing: str
    page: str
    decimal: str
    """Between whole units and the rest of an amount."""
    statuses: dict[str, str]


@cache
def all_labels() -> Mapping[str, Labels]:
    """Return the words by language. Raises ValidationError when a file lacks one."""
    folder = files("billing.statements").joinpath("texts")
    words = {language: folder.joinpath(f"{language}.toml").read_text() for language in all_texts()}
    return {language: Labels.model_validate(tomllib.loads(text)) for language, text in words.items()}


def language_of(asked: str | None, spoken: Sequence[str], market: Sequence[str]) -> str:
    """Return the language of a statement: the one that is asked for, else the seller's first that has words, else the market's."""
    wanted = [*([asked] if asked else []), *spoken, *market]
    return next((language for language in wanted if language in all_labels()), FALLBACK)
