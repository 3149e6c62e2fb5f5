"""What the screens show of the ledger."""

from collections.abc import Sequence
from datetime import datetime

from billing.ledger.domain import receivable
from chassis.http import View
from chassis.store import Document
from ombud_words import CaseId, EntryId, SellerId


class PostingView(View):
    """An amount on one account: a debit is positive, a credit negative."""

    account: str
    amount_minor: int


class EntryView(View):
    """A balanced set of postings with its cause; a seller sees the postings on its own account."""

    entry_id: EntryId
    at: datetime
    market: str
    case_id: CaseId
    caused_by: str
    """The charge or refund."""
    reverses: str | None
    """The entry that this one is the opposite of."""
    currency: str
    postings: list[PostingView]


class EntryPage(View):
    """Ledger entries, the newest first."""

    entries: list[EntryView]
    next_cursor: str | None


def entry_view(entry: Document, seller_id: SellerId | None) -> EntryView:
    """Return an entry as staff sees it, or the part of it that is a seller's own."""
    postings: Sequence[Document] = entry["postings"]
    own = [p for p in postings if seller_id is None or p["account"] == receivable(seller_id)]
    return EntryView(
        entry_id=entry["_id"],
        at=entry["at"],
        market=entry["market"],
        case_id=entry["case_id"],
        caused_by=entry["caused_by"],
        reverses=entry["reverses"],
        currency=entry["currency"],
        postings=[PostingView(account=p["account"], amount_minor=p["amount_minor"]) for p in own],
    )
