"""Money: integer minor units of one currency, and value-added tax on it (R: section 6)."""

from dataclasses import dataclass
from typing import NewType

Currency = NewType("Currency", str)
"""ISO 4217 alphabetic code."""
_WHOLE = 10_000
"""Basis points of a hundred per cent."""


class CurrencyMismatch(Exception):
    """Two amounts of different currencies cannot be added or compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount in minor units (cents) of a currency."""

    minor: int
    currency: Currency

    def __add__(self, other: "Money") -> "Money":
        return Money(minor=self.minor + self._same(other), currency=self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(minor=self.minor - self._same(other), currency=self.currency)

    def __neg__(self) -> "Money":
        return Money(minor=-self.minor, currency=self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other.minor


def vat_of(net_minor: int, vat_basis_points: int) -> int:
    """Return the tax on a net amount, rounded half up to a minor unit; the amount is not negative."""
    return (net_minor * vat_basis_points + _WHOLE // 2) // _WHOLE


def gross(net_minor: int, vat_basis_points: int) -> int:
    """Return a net amount with its tax, in minor units."""
    return net_minor + vat_of(net_minor, vat_basis_points)


def paid_for_line(price_minor: int, shipping_minor: int) -> int:
    """Return what a buyer paid for an order line, in minor units: its price for all its pieces, and its shipping.

    The marketplace tells the price of the line, not of a piece, so the quantity does not count again.
    """
    return price_minor + shipping_minor
