"""What a preview of a decision's money shows."""

from collections.abc import Mapping, Sequence

from billing.charges.domain import Charge
from billing.charges.views import CapView, ChargeView, charge_view
from billing.refunds.domain import Refund, Status
from chassis.http import View


class PreviewedCharge(View):
    """What the seller would be charged for one line."""

    line: str
    kind: str
    net_minor: int
    """0 where nothing would be charged: nothing is left under the cap, or the kind is never charged."""
    vat_minor: int
    gross_minor: int
    capped: bool
    """Less than was asked, because no more is left under the cap."""
    needs_approval: bool
    awaits_refund: bool
    """It would be posted when the refund is paid."""


class ChargePreview(View):
    """Who would pay what by a decision, if it were made now; nothing of it is kept."""

    charges: list[PreviewedCharge]
    """For each line that was named."""
    seller_pays_minor: int
    """All charges, gross."""
    refund_minor: int
    """What the payment system would be asked to pay to the buyer."""
    held_back: str | None
    """Why the refund would not be ordered, as a code."""
    currency: str
    tariff_version: str
    paid_minor: int
    """For the order line."""
    refundable_minor: int
    """What could still be refunded of the line afterwards."""
    credited: list[ChargeView]
    """Of a decision in whose place this one would stand, the charges that opposite entries would give back."""
    credited_minor: int
    """Their sum, gross."""
    given_minor: int
    """What of the refund was paid before, and is not paid again."""
    cap: CapView


def previewed_charge(line: str, kind: str, charge: Charge | None) -> PreviewedCharge:
    """Return what would be charged for a line."""
    terms = charge.terms if charge is not None else None
    return PreviewedCharge(
        line=line,
        kind=kind,
        net_minor=terms.net_minor if terms else 0,
        vat_minor=terms.vat_minor if terms else 0,
        gross_minor=terms.gross_minor if terms else 0,
        capped=terms.capped if terms else False,
        needs_approval=charge.open_proposal if charge else False,
        awaits_refund=charge.awaits_refund if charge else False,
    )


def charge_preview(
    lines: Sequence[tuple[str, str]],
    charges: Mapping[str, Charge],
    refund: Refund | None,
    *,
    currency: str,
    tariff_version: str,
    paid_minor: int,
    refunded_minor: int,
    credited: Sequence[Charge],
    given_minor: int,
    cap: CapView,
) -> ChargePreview:
    """Return the screen of what a decision would cost: its lines with their kinds, and by line what was charged."""
    shown = [previewed_charge(line, kind, charges.get(line)) for line, kind in lines]
    held_back = refund.reason if refund is not None and refund.status == Status.FAILED else None
    return ChargePreview(
        charges=shown,
        seller_pays_minor=sum(c.gross_minor for c in shown),
        refund_minor=refund.order.amount_minor if refund is not None and held_back is None else 0,
        held_back=held_back,
        currency=currency,
        tariff_version=tariff_version,
        paid_minor=paid_minor,
        refundable_minor=max(0, paid_minor - refunded_minor),
        credited=[charge_view(charge) for charge in credited],
        credited_minor=sum(charge.terms.gross_minor for charge in credited),
        given_minor=given_minor,
        cap=cap,
    )
