"""Notices to the parties, rendered in the reader's language from data (`texts/*.toml`, one file per language)."""

import tomllib
from functools import cache
from importlib.resources import files

FALLBACK = "en"


@cache
def _templates() -> dict[str, dict[str, str]]:
    folder = files("ticketing").joinpath("notices/texts")
    return {p.name.removesuffix(".toml"): tomllib.loads(p.read_text()) for p in folder.iterdir()}


def languages() -> frozenset[str]:
    """Return the languages in which every notice exists."""
    return frozenset(_templates())


def render(template: str, language: str, **facts: str) -> str:
    """Return a notice's text; a language without notices gets English. Raises KeyError for an unknown template."""
    texts = _templates().get(language, _templates()[FALLBACK])
    return texts[template].format(**facts)
