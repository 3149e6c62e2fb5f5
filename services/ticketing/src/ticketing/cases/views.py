"""What the screens of cases show."""

from collections.abc import Sequence
from datetime import datetime

from chassis.http import View
from chassis.store import Document
from ombud_contracts.market import Market
from ombud_contracts.texts import language_for, texts_for
from ombud_words import CaseId, LineId, ListingId, OrderId, Role, TakeoverId
from ticketing.cases.domain import Case
from ticketing.deadlines.views import DeadlineView, deadline_view


class CaseView(View):
    """A case as its parties and the staff see it."""

    case_id: CaseId
    number: str
    market: str
    order_id: OrderId | None
    line_id: LineId | None
    listing_id: ListingId | None
    """What the buyer asks about before buying; then there is no order."""
    reason: str
    family: str
    matter: str
    """`order_line`, `listing` or `none`."""
    counterpart: str
    """Who owes the answer unless the platform takes over: `seller` or `platform`."""
    asked_by: str
    """Whose contact it is: `buyer` or `seller`."""
    channel: str
    origin: str
    """From where it was begun: `site`, `app`, `staff` or `system`."""
    phase: str
    """`before`, `during` or `after` the purchase, when it was opened."""
    desired_outcome: str | None
    """What the asker would like, as it was confirmed when the case was opened."""
    status: str
    outcome: str | None
    priority: int
    """1 is the most urgent."""
    priority_reasons: list[str]
    opened_at: datetime
    answered_by: str
    """`seller`, or `platform` after a takeover and where the platform is the counterpart."""
    takeover_id: TakeoverId | None
    linked_case_ids: list[str]
    """Cases that belong to this one, as far as the reader may see them."""
    merged_into: str | None
    """The case that goes on in place of this one."""
    deadlines: list[DeadlineView]


class CasePage(View):
    """Cases in the order that was asked for, each with its deadlines."""

    cases: list[CaseView]
    next_cursor: str | None


class CaseCounts(View):
    """How many cases there are; each number counts the same cases anew."""

    total: int
    by_status: dict[str, int]
    by_priority: dict[str, int]
    breached: int
    disputed: int


def counts_view(rows: Sequence[Document]) -> CaseCounts:
    """Return the screen of counts."""
    return CaseCounts(
        total=sum(row["cases"] for row in rows),
        by_status=_summed(rows, "status"),
        by_priority=_summed(rows, "priority"),
        breached=sum(row["cases"] for row in rows if row["_id"].get("breached")),
        disputed=sum(row["cases"] for row in rows if row["_id"].get("disputed")),
    )


def _summed(rows: Sequence[Document], name: str) -> dict[str, int]:
    counted: dict[str, int] = {}
    for row in rows:
        key = str(row["_id"][name])
        counted[key] = counted.get(key, 0) + row["cases"]
    return dict(sorted(counted.items()))


def case_view(case: Case, deadlines: Sequence[Document], linked: Sequence[CaseId], reader: Role) -> CaseView:
    """Return a reader's screen of a case."""
    return CaseView(
        case_id=case.id,
        number=case.number,
        market=case.market,
        order_id=case.order_id,
        line_id=case.line_id,
        listing_id=case.listing_id,
        reason=case.reason,
        family=case.family,
        matter=case.matter,
        counterpart=case.approach.counterpart,
        asked_by=case.approach.asked_by,
        channel=case.approach.channel,
        origin=case.approach.origin,
        phase=case.approach.phase,
        desired_outcome=case.desired_outcome,
        status=case.status,
        outcome=case.outcome,
        priority=case.priority,
        priority_reasons=list(case.priority_reasons),
        opened_at=case.opened_at,
        answered_by=case.answered_by,
        takeover_id=case.takeover_id,
        linked_case_ids=list(linked),
        merged_into=case.merged_into.case_id if case.merged_into else None,
        deadlines=[deadline_view(d, reader) for d in deadlines],
    )


class ReasonView(View):
    """A leaf of the tree of reasons, and what it means in a market."""

    reason: str
    text: str
    tree: list[str]
    """The way to this leaf, from the root (R-26)."""
    asked_by: list[str]
    counterpart: str
    """Who owes the answer: `seller` or `platform`."""
    family: str
    required_evidence: list[str]
    """Kinds of facts; `photo|video` means either."""
    remedies: list[str]
    """In the order in which they are proposed; without any the reason cannot be disputed."""


class MarketReasons(View):
    """The reasons of a market."""

    market: str
    language: str
    """Of the texts; English where there are none in the language that was asked for."""
    reasons: list[ReasonView]


class ReasonList(View):
    """Reasons by market."""

    markets: list[MarketReasons]


def market_reasons(market: Market, language: str | None) -> MarketReasons:
    """Return a market's reasons as texts; a product category may differ from them."""
    texts = texts_for(market, language)
    return MarketReasons(
        market=market.id,
        language=language_for(market, language),
        reasons=[
            ReasonView(
                reason=reason,
                text=texts.reasons[reason],
                tree=list(row.tree),
                asked_by=list(row.asked_by),
                counterpart=row.counterpart,
                family=row.family,
                required_evidence=list(row.required_evidence),
                remedies=list(row.remedies),
            )
            for reason, row in market.reasons.rows.items()
        ],
    )
