"""Opening a dispute as somebody asks for it, alone or together with its evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible
from chassis.http import Code, RequestModel
from chassis.ids import new_id
from chassis.limits import Limited
from chassis.routes import LimitsPerPerson
from disputes.cases.domain import KnownCase, OpenedCase
from disputes.disputes.access import case_for
from disputes.disputes.course import bought_line, open_dispute
from disputes.disputes.deciding import Amount
from disputes.disputes.domain import Dispute, OpenDispute
from disputes.disputes.market_terms import admission_of, money_of, shown_of
from disputes.refusals import NewFactNotForParties
from disputes.remedies.domain import Money
from ombud_contracts.market import Market
from ombud_contracts.reasons import ReasonRow
from ombud_contracts.vocabulary import Currency
from ombud_words import CaseId, DisputeId, Reason, Remedy, Role


class OpenRequest(RequestModel):
    """A complaint."""

    reason: Reason
    remedy: Remedy
    """What the buyer asks for."""
    amount_minor: Amount = 0
    currency: Currency
    new_fact: Code | None = None
    """For staff who open again what has ended: the kind of fact that was not known then, such as `expert_notice`."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and what is known to answer by."""

    actor: Actor
    limits: LimitsPerPerson
    markets: Mapping[str, Market]


async def open_as_asked(case_id: CaseId, body: OpenRequest, asking: Asking, unit: Unit, *, evidenced: bool) -> Dispute:
    """Open a dispute about the order line of a case; `evidenced`: its evidence comes with it. Raises a Refusal or NotVisible."""
    actor = asking.actor
    case = await case_for(unit, case_id, actor, Action.OPEN_DISPUTE)
    opened = case.expect_bought()
    case.expect_open()
    case.expect_with_seller()
    line = await bought_line(unit, opened.order_id, opened.line_id)
    if line is None:
        raise NotVisible
    market = asking.markets[opened.market]
    money = money_of(line, market)
    money.expect_currency(market.currency)
    money.expect_currency(body.currency)
    await asking.limits.use(Limited.DISPUTES, actor, unit.now, unit, case_id)
    if body.new_fact is not None and not actor.staff:
        raise NewFactNotForParties("Leave `new_fact` out; the platform opens again what has ended.")
    row = market.reason(body.reason, line.terms.category if line.terms else None)
    command = opening(body, case, opened, row, money, actor.role, unit.now, shown_of(row, line))
    admission = admission_of(row, market, line, body.new_fact)
    return await open_dispute(command, admission, line.left_minor, unit, evidenced=evidenced)


def opening(
    body: OpenRequest,
    case: KnownCase,
    opened: OpenedCase,
    row: ReasonRow,
    money: Money,
    by: Role,
    at: datetime,
    shown: tuple[str, ...],
) -> OpenDispute:
    """Return the command for what somebody asks for, or the system by the market's rule."""
    return OpenDispute(
        dispute_id=DisputeId(new_id("dsp")),
        case_id=opened.case_id,
        market=opened.market,
        order_id=opened.order_id,
        line_id=opened.line_id,
        buyer_id=opened.buyer_id,
        seller_id=opened.seller_id,
        reason=body.reason,
        family=row.family,
        claimed_remedy=body.remedy,
        claimed_minor=body.amount_minor,
        money=money,
        fast_track=case.taken_over or bool(shown),
        fast_track_facts=row.fast_track,
        shown=shown,
        taken_over=case.taken_over,
        opened_by=by,
        at=at,
    )
