"""Money as all services count it: what was paid for a line is told once, and read in one way."""

from ombud_words import paid_for_line


def test_the_price_of_a_line_is_that_of_all_its_pieces() -> None:
    """INVARIANT: two pieces for 60.00 are 60.00 that can be given back; counting the price per piece pays 120.00."""
    assert paid_for_line(price_minor=6_000, shipping_minor=0) == 6_000
    assert paid_for_line(price_minor=6_000, shipping_minor=490) == 6_490
