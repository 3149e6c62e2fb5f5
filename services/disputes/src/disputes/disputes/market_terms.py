"""What a market's file means for a dispute: the rules of a decision, the money of a line, the window of a reason."""

from dataclasses import replace
from datetime import datetime, timedelta

from disputes.cases.domain import BoughtLine
from disputes.disputes.domain import Admission, Rules
from disputes.remedies.domain import Money
from ombud_contracts.market import Market
from ombud_contracts.reasons import ReasonRow
from ombud_words import GUARANTEE_LAPSED, Role


def rules_of(market: Market, at: datetime, role: Role) -> Rules:
    """Return what a decision needs that somebody of this role makes now."""
    legal = market.legal
    return Rules(
        clauses=tuple(legal.clauses),
        clause_version=legal.version,
        legal_order=legal.remedies,
        appeal_until=at + timedelta(days=legal.appeal_days),
        decides_up_to_minor=market.authority.decides_up_to(role),
        gives_up_to_minor=market.authority.gives_up_to(role),
    )


def rules_of_system(market: Market, at: datetime) -> Rules:
    """Return what a decision needs that the system makes now, by a rule of the market that says itself up to how much."""
    return replace(rules_of(market, at, Role.SYSTEM), decides_up_to_minor=None)


def money_of(line: BoughtLine, market: Market) -> Money:
    """Return what was paid for a line, beside what a return label costs in its market."""
    return Money.of(
        paid_minor=line.paid.paid_minor,
        shipping_minor=line.paid.shipping_minor,
        currency=line.paid.currency,
        label_net_minor=market.tariff.return_label_minor,
        vat_basis_points=market.tariff.vat_basis_points,
    )


def shown_of(row: ReasonRow, line: BoughtLine) -> tuple[str, ...]:
    """Return the facts of a reason's fast track that a system has shown of a line."""
    claimable = line.guarantee_claimable and GUARANTEE_LAPSED in row.fast_track
    return (GUARANTEE_LAPSED,) if claimable else ()


def _waits_no_longer(line: BoughtLine) -> bool:
    """Whether a carrier lost the line, or the guarantee lapsed: then an earlier day was promised than at the purchase."""
    return bool(line.lost_parcels) or line.guarantee_claimable


def admission_of(row: ReasonRow, market: Market, line: BoughtLine, new_fact: str | None) -> Admission:
    """Return when a line can be disputed for a reason.

    A line that was kept before its terms were has no window that could be counted.
    """
    terms = line.terms
    return Admission(
        disputable=row.disputable,
        opens_at=row.window.opens_at(terms, _waits_no_longer(line)) if row.window and terms else None,
        closes_at=market.closes_at(row, terms, line.delivered_at) if terms else None,
        new_fact=new_fact,
        shown_since=line.guarantee_lapsed_at if shown_of(row, line) else None,
    )
