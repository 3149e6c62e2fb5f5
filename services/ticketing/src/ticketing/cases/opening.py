"""Opening a case about an order line that the marketplace told of (R-23)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.aggregate import Unit
from chassis.ids import new_id
from ombud_contracts.market import Market
from ombud_contracts.reasons import ReasonRow
from ombud_words import CaseId, DraftId, LineId, Reason, Role
from ticketing.cases.domain.case import Case, OpenCase
from ticketing.cases.domain.priority import Circumstances
from ticketing.cases.living import open_case_in_slot
from ticketing.cases.store import count_earlier_contacts
from ticketing.orders.domain import Purchase

_REPEAT_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What somebody writes about, and who writes first."""

    line_id: LineId
    reason: Reason
    draft_id: DraftId
    opened_by: Role


async def open_case_about(
    contact: Contact, purchase: Purchase, delivered_at: datetime | None, market: Market, unit: Unit
) -> Case:
    """Open a case where none of its line and reason family is live. Raises CaseAlreadyLive or CaseWindowClosed."""
    row = market.reason(contact.reason, purchase.category)
    at = unit.now
    earlier = await count_earlier_contacts(unit, purchase.order_id, purchase.buyer_id, at - _REPEAT_WITHIN)
    circumstances = Circumstances(
        base_priority=row.base_priority,
        value_minor=purchase.value_minor,
        money_at_risk_minor=market.priorities.money_at_risk_minor,
        promised_by=purchase.promised_by,
        delivered_at=delivered_at,
        earlier_contacts=earlier,
        at=at,
    )
    return await open_case_in_slot(_command(contact, purchase, circumstances, row, market), unit)


def _command(
    contact: Contact, purchase: Purchase, circumstances: Circumstances, row: ReasonRow, market: Market
) -> OpenCase:
    case_id, at = CaseId(new_id("cas")), circumstances.at
    return OpenCase(
        case_id=case_id,
        number=f"{market.id.upper()}-{at:%y}-{case_id[-8:]}",
        market=market.id,
        buyer_id=purchase.buyer_id,
        seller_id=purchase.seller_id,
        order_id=purchase.order_id,
        line_id=contact.line_id,
        reason=contact.reason,
        family=row.family,
        draft_id=contact.draft_id,
        opened_by=contact.opened_by,
        circumstances=circumstances,
        rights_until=market.closes_at(row, purchase.terms, circumstances.delivered_at),
        at=at,
    )
