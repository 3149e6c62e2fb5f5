"""The telephone number plans of the world, kept by the package `phonenumbers`, behind two questions."""

import re
from dataclasses import dataclass
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
    return any(_dialled(digits, region) or _reserved(region).fullmatch(digits) is not None for region in regions)


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


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a national number of a region looks like, and what may be dialled before it."""

    number: re.Pattern[str]
    country: str
    trunk: re.Pattern[str]

    def holds(self, digits: str) -> bool:
        """Tell whether the digits are a number, with or without its country code and the trunk prefix."""
        return self._holds(digits, 0) or (digits.startswith(self.country) and self._holds(digits, len(self.country)))

    def _holds(self, digits: str, start: int) -> bool:
        if self.number.fullmatch(digits, start) is not None:
            return True
        trunk = self.trunk.match(digits, start)
        return trunk is not None and self.number.fullmatch(digits, trunk.end()) is not None


def _dialled(digits: str, region: str) -> bool:
    """Tell whether digits are a number as dialled in a region: its plan asked directly, which is ten times faster than parsing."""
    plan = _plan_of(region)
    return _valid(digits, region) if plan is None or digits.startswith("00") else plan.holds(digits)


@cache
def _plan_of(region: str) -> _Plan | None:
    """Return the plan of a region; None where what is dialled is rewritten on the way (Brazil's carrier codes)."""
    found = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if found is None or found.national_prefix_transform_rule or "(" in (found.national_prefix_for_parsing or ""):
        return None
    neighbours = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[found.country_code or 0]
    plans = [phonenumbers.PhoneMetadata.metadata_for_region(neighbour) for neighbour in neighbours]
    kinds = [getattr(plan, kind) for plan in plans if plan for kind in _KINDS]
    patterns = {kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern}
    prefix = found.national_prefix_for_parsing or "(?!)"
    return _Plan(
        re.compile("|".join(f"(?:{pattern})" for pattern in sorted(patterns))),
        str(found.country_code),
        re.compile(prefix),
    )


_KINDS = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager"),
    *("uan", "voicemail"),
)


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
