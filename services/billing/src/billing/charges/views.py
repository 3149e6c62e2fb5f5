"""What billing's screens show."""

from datetime import datetime

from billing.domain.charge import Charge
from billing.domain.refund import Refund
from chassis.http import View


class ChargeView(View):
    """A charge as the seller and the staff see it."""

    charge_id: str
    case_id: str
    seller_id: str
    decision_id: str
    line: str
    kind: str
    status: str
    net_minor: int
    vat_minor: int
    gross_minor: int
    currency: str
    tariff_version: str
    capped: bool
    contest_until: datetime | None
    appeal_until: datetime | None
    entry_id: str | None
    reversal_entry_id: str | None


class RefundView(View):
    """A refund that was ordered from the payment system."""

    refund_id: str
    decision_id: str
    status: str
    amount_minor: int
    currency: str


class CaseMoneyView(View):
    """All money of a case."""

    case_id: str
    charges: list[ChargeView]
    refunds: list[RefundView]


def charge_view(charge: Charge) -> ChargeView:
    """Return the screen of a charge."""
    t = charge.terms
    return ChargeView(
        charge_id=t.charge_id,
        case_id=t.case_id,
        seller_id=t.seller_id,
        decision_id=t.decision_id,
        line=t.line,
        kind=t.kind,
        status=charge.status,
        net_minor=t.net_minor,
        vat_minor=t.vat_minor,
        gross_minor=t.gross_minor,
        currency=t.currency,
        tariff_version=t.tariff_version,
        capped=t.capped,
        contest_until=charge.contest_until,
        appeal_until=t.appeal_until,
        entry_id=charge.entry.id if charge.entry else None,
        reversal_entry_id=charge.reversal.id if charge.reversal else None,
    )


def refund_view(refund: Refund) -> RefundView:
    """Return the screen of a refund."""
    o = refund.order
    return RefundView(
        refund_id=o.refund_id,
        decision_id=o.decision_id,
        status=refund.status,
        amount_minor=o.amount_minor,
        currency=o.currency,
    )
