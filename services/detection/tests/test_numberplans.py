"""Number plans asked directly say what the library says that knows them."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ombud_detection.numberplans import is_number_of

REGIONS = ("LV", "PT", "ES", "DE", "AT", "CH", "RU", "GB", "IE", "PL", "CN", "LT", "EE", "US", "BR", "MX")
EXAMPLES = {
    region: [
        str(example.national_number)
        for kind in range(11)
        if (example := phonenumbers.example_number_for_type(region, kind)) is not None
    ]
    for region in REGIONS
}


def by_the_library(digits: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(digits, region))
    except phonenumbers.NumberParseException:
        return False


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(REGIONS), st.data())
def test_no_number_of_the_library_is_missed(region: str, data: st.DataObject) -> None:
    """INVARIANT: the plan is asked without parsing; a prefix that is not taken off would lose real numbers."""
    country = str(phonenumbers.country_code_for_region(region))
    before = data.draw(st.sampled_from(("", "0", "8", country, country + "0")))
    number = list(data.draw(st.sampled_from(EXAMPLES[region])))
    for _ in range(data.draw(st.integers(0, 2))):
        number[data.draw(st.integers(1, len(number) - 1))] = data.draw(st.sampled_from("0123456789"))
    digits = before + "".join(number)
    if by_the_library(digits, region):
        assert is_number_of(digits, (region,))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(("LV", "PT", "ES", "PL", "EE")), st.text("0123456789", min_size=7, max_size=15))
def test_no_digits_are_a_number_that_the_library_does_not_know(region: str, digits: str) -> None:
    assert is_number_of(digits, (region,)) is by_the_library(digits, region)


@pytest.mark.parametrize("digits", ["123", "0" * 15, "9" * 15])
def test_what_is_too_short_or_too_long_is_none(digits: str) -> None:
    assert not is_number_of(digits, REGIONS)
