"""Double entry: every entry's debits equal its credits, in one currency; nothing is edited, a reversal is an opposite entry.

Source: product rules section 6. Amounts are integer minor units.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from ombud_words import ChargeId, Currency, EntryId, Market, RefundId, SellerId


class Unbalanced(Exception):
    """An entry's debits and credits differ: never written."""


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount on one account: a debit is positive, a credit negative."""

    account: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A balanced set of postings with its cause."""

    id: EntryId
    currency: Currency
    postings: tuple[Posting, ...]
    caused_by: ChargeId | RefundId
    reverses: EntryId | None
    at: datetime

    def __post_init__(self) -> None:
        if sum(p.amount_minor for p in self.postings) != 0:
            raise Unbalanced(f"entry {self.id} does not balance")


def receivable(seller_id: SellerId) -> str:
    """What a seller owes the platform."""
    return f"receivable:{seller_id}"


RECOVERABLE = "refunds_recoverable"
"""Paid to buyers in a seller's place."""
PAYMENTS = "payments_clearing"
PAYOUTS = "payouts_clearing"
"""Kept back from what the marketplace pays out to sellers."""
GOODWILL = "goodwill"
"""Kept apart: what the platform gives at its own cost (section 5)."""


def charge_entry(
    entry_id: EntryId,
    *,
    charge_id: ChargeId,
    seller_id: SellerId,
    kind: str,
    net_minor: int,
    vat_minor: int,
    currency: Currency,
    market: Market,
    at: datetime,
) -> Entry:
    """Return the entry of a charge: the seller owes gross; a refund recovers what was paid, a fee is revenue and VAT."""
    contra = RECOVERABLE if kind in ("REFUND", "SHIPPING_REFUND") else f"revenue:{kind.lower()}"
    postings = [Posting(receivable(seller_id), net_minor + vat_minor), Posting(contra, -net_minor)]
    if vat_minor:
        postings.append(Posting(f"vat:{market}", -vat_minor))
    return Entry(id=entry_id, currency=currency, postings=tuple(postings), caused_by=charge_id, reverses=None, at=at)


def refund_entry(
    entry_id: EntryId, *, refund_id: RefundId, amount_minor: int, currency: Currency, goodwill: bool, at: datetime
) -> Entry:
    """Return the entry of a refund that was paid: money left, and is to be recovered, or was given."""
    paid_for = GOODWILL if goodwill else RECOVERABLE
    postings = (Posting(paid_for, amount_minor), Posting(PAYMENTS, -amount_minor))
    return Entry(id=entry_id, currency=currency, postings=postings, caused_by=refund_id, reverses=None, at=at)


def settlement_of(entry: Entry, entry_id: EntryId, seller_id: SellerId, at: datetime) -> Entry:
    """Return the entry by which a payout takes what a charge's entry says that the seller owes."""
    owed = sum(p.amount_minor for p in entry.postings if p.account == receivable(seller_id))
    postings = (Posting(PAYOUTS, owed), Posting(receivable(seller_id), -owed))
    return replace(entry, id=entry_id, postings=postings, at=at)


def reversal_of(entry: Entry, entry_id: EntryId, at: datetime) -> Entry:
    """Return the opposite entry."""
    opposite = tuple(Posting(p.account, -p.amount_minor) for p in entry.postings)
    return replace(entry, id=entry_id, postings=opposite, reverses=entry.id, at=at)


def balances(entries: Iterable[Entry]) -> dict[tuple[str, str], int]:
    """Return the balance of each (account, currency): the fold of all entries."""
    totals: dict[tuple[str, str], int] = defaultdict(int)
    for entry in entries:
        for posting in entry.postings:
            totals[posting.account, entry.currency] += posting.amount_minor
    return dict(totals)


def month_bounds(month: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return the first instant of a month `YYYY-MM` and of the next, by the clocks of a time zone."""
    year, number = int(month[:4]), int(month[5:7])
    following = (year + 1, 1) if number == 12 else (year, number + 1)
    first, next_ = datetime(year, number, 1, tzinfo=zone), datetime(*following, 1, tzinfo=zone)
    return first.astimezone(UTC), next_.astimezone(UTC)
