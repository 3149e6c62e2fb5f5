"""What the screens show of a charge."""

from datetime import datetime

from billing.charges.domain import Charge
from billing.lines.domain import Exposure
from chassis.appeals import AppealView, appeal_view
from chassis.http import View
from ombud_words import CaseId, ChargeId, DecisionId, EntryId, SellerId


class ChargeView(View):
    """A charge as the seller and the staff see it."""

    charge_id: ChargeId
    case_id: CaseId
    seller_id: SellerId
    decision_id: DecisionId
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
    """Until when the seller may appeal its decision; null when the seller did, and while an appeal waits: meanwhile no time passes."""
    entry_id: EntryId | None
    reversal_entry_id: EntryId | None
    market: str
    proposed_at: datetime
    posted_at: datetime | None
    needs_approval: bool
    """Somebody has to approve or refuse it; until then it is not posted."""
    awaits_refund: bool
    """It recovers a refund that has not been paid."""
    receipt: str | None
    """What shows the cost of a late line."""
    ground: str | None
    """Why the seller contested it, as a code."""
    verdict: str | None
    """Why it was upheld, reversed or withdrawn, as a code."""
    verdict_appeal_until: datetime | None
    """By when the seller may appeal that it was upheld; null while nobody upheld it."""
    appeals: list[AppealView]
    replaced_by: ChargeId | None
    """The charge of a lower amount that an appeal put in its place."""
    clause: str | None
    """What its decision rests on in the market's legal pack."""
    clause_version: str | None


class ChargePage(View):
    """Charges, the newest first."""

    charges: list[ChargeView]
    next_cursor: str | None


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
        market=t.market,
        proposed_at=charge.proposed_at,
        posted_at=charge.posted_at,
        needs_approval=charge.open_proposal,
        awaits_refund=charge.awaits_refund,
        receipt=t.receipt,
        ground=charge.ground,
        verdict=charge.verdict,
        verdict_appeal_until=charge.appeal_until,
        appeals=[appeal_view(a) for a in charge.appeals],
        replaced_by=charge.replaced_by,
        clause=t.clause,
        clause_version=t.clause_version,
    )


class CapView(View):
    """What charges take of an order line under its cap; published fees stand beside it. Gross, in minor units."""

    paid_minor: int
    """For the line."""
    taken_before_minor: int
    taken_after_minor: int
    left_after_minor: int
    """What could still be charged of the line."""


class AppealPreview(View):
    """What a decision of an appeal would do to money, if it were made now; nothing of it is kept."""

    charge: ChargeView
    """As it would be."""
    instead: ChargeView | None
    """The charge that would take its place."""
    credited_minor: int
    """What an opposite entry would give back, gross."""
    charged_minor: int
    """What would be charged instead, gross."""
    paid_back_by_payout_minor: int
    """What of the credit a payout took before: the next run pays it back."""
    cap: CapView


def cap_view(paid_minor: int, before: Exposure | None, after: Exposure | None) -> CapView:
    """Return the screen of what is left of a line under the cap."""
    taken = [sum(part.minor for part in line.charges) if line is not None else 0 for line in (before, after)]
    return CapView(
        paid_minor=paid_minor,
        taken_before_minor=taken[0],
        taken_after_minor=taken[1],
        left_after_minor=max(0, paid_minor - taken[1]),
    )


def appeal_preview(
    charge: Charge, instead: Charge | None, paid_minor: int, before: Exposure | None, after: Exposure | None
) -> AppealPreview:
    """Return the screen of what a decision of an appeal would do."""
    credited = charge.terms.gross_minor if charge.reversal is not None else 0
    return AppealPreview(
        charge=charge_view(charge),
        instead=charge_view(instead) if instead is not None else None,
        credited_minor=credited,
        charged_minor=instead.terms.gross_minor if instead is not None else 0,
        paid_back_by_payout_minor=credited if charge.repayable_at is not None else 0,
        cap=cap_view(paid_minor, before, after),
    )
