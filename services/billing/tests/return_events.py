"""What disputes tells of a return that costs something: its label and its refund, which are one decision."""

from billing_desk import PARTIES

from chassis.testing import NOON
from ombud_contracts.events import returns
from ombud_contracts.events.ticketing import AnnouncedCharge

SHOWN = AnnouncedCharge(
    kind="RETURN_LABEL", net_minor=500, vat_minor=100, vat_basis_points=2_000, currency="EUR", tariff_version="2025.9"
)
OF_LINE = {**PARTIES, "return_id": "ret_1", "case_id": "cas_1", "decision_id": "dec_r"}

NO_LABEL_CHARGE = returns.ReturnLabelChargeWithdrawn(
    return_id="ret_1", case_id="cas_1", decision_id="dec_r", withdrawn_at=NOON
)


def label(charged: AnnouncedCharge | None = SHOWN) -> returns.ReturnLabelIssued:
    return returns.ReturnLabelIssued(
        **OF_LINE,
        by="system" if charged is not None else "seller",
        charged=charged,
        clause="S-6.1",
        clause_version="2026.1",
        appeal_until=NOON,
        issued_at=NOON,
    )


def refund(amount_minor: int, funded_by: str = "seller", decider: str = "system") -> returns.ReturnRefundOrdered:
    return returns.ReturnRefundOrdered(
        **OF_LINE,
        amount_minor=amount_minor,
        currency="EUR",
        funded_by=funded_by,
        clause="S-5.3",
        clause_version="2026.1",
        decided_by="system" if decider == "system" else "mediator",
        decider_id=decider,
        appeal_until=NOON,
        ordered_at=NOON,
    )
