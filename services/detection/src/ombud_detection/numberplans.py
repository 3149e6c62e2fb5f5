"""The telephone number plans of the world, kept by the package `phonenumbers`, behind two questions."""

import re
from functools import cache, lru_cache

import phonenumbers
from phonenumbers.re_util import enable_pattern_cache

from .ruledata import rule_file, table_of, words_of

enable_pattern_cache()  # every plan is compiled once: Python's own cache of patterns is too small for all of them


def regions_of(market: str, language: str | None) -> tuple[str, ...]:
    """Return the regions whose national numbers are expected in a market; by language when the market is unknown."""
    regions = rule_file("regions.toml")
    return words_of(table_of(regions, "markets"), market.lower()) or words_of(
        table_of(regions, "languages"), language or "en"
    )


@lru_cache(maxsize=4096)
def is_number_of(digits: str, regions: tuple[str, ...]) -> bool:
    """Tell whether the digits are a valid number, as dialled, in one of the regions."""
    return any(_valid(digits, region) or _reserved(region).fullmatch(digits) is not None for region in regions)


@lru_cache(maxsize=4096)
def is_international(digits: str) -> bool:
    """Tell whether the digits (country code first, no plus) are a possible number of any country."""
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse("+" + digits, None))
    except phonenumbers.NumberParseException:
        return False


@lru_cache(maxsize=4096)
def is_valid_international(digits: str) -> bool:
    """Tell whether the digits (country code first, no plus) are a valid number of some country."""
    return _valid("+" + digits, None)


def _valid(digits: str, region: str | None) -> bool:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number)


@cache
def _reserved(region: str) -> re.Pattern[str]:
    """Ranges kept for films and examples: valid for no carrier, given as numbers all the same."""
    patterns = words_of(table_of(rule_file("regions.toml"), "reserved"), region)
    return re.compile("|".join(patterns) or "(?!)")
