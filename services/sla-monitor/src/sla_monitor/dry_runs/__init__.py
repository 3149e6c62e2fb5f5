"""Tries candidates: what stored clocks would have come to by other rules."""
