"""What a market's file means for a return: its clauses, and what a label costs."""

from disputes.returns.domain import ReturnTerms
from ombud_contracts.market import Market

_REFUND_CLAUSE, _LABEL_CLAUSE = "S-5.3", "S-6.1"


def terms_of(market: Market) -> ReturnTerms:
    """Return what the market says now."""
    return ReturnTerms(
        clause=_REFUND_CLAUSE,
        label_clause=_LABEL_CLAUSE,
        clause_version=market.legal.version,
        appeal_days=market.legal.appeal_days,
        label_net_minor=market.tariff.return_label_minor,
        vat_basis_points=market.tariff.vat_basis_points,
        tariff_version=market.tariff.version,
    )
