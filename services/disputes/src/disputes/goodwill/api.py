"""The route of goodwill: staff gives the buyer of a case the platform's own money."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from chassis.auth import Action, NotVisible, Parties, authorize
from chassis.http import Code, RequestModel, Who, Whole
from chassis.http import Id as IdText
from chassis.ids import new_id
from chassis.routes import KeyedUnit, provided, routes
from disputes.cases.store import currency_of_line, known_case
from disputes.goodwill.domain import Gift, expect_currency
from disputes.goodwill.store import give
from disputes.goodwill.views import GoodwillView, goodwill_view
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Currency
from ombud_words import CaseId, DecisionId, StaffId
from ombud_words import Currency as CurrencyCode

router = routes("disputes")
Markets = Annotated[Mapping[str, Market], provided("markets")]
CaseInPath = Annotated[CaseId, *IdText.__metadata__]


class GoodwillRequest(RequestModel):
    """What is given, and why."""

    amount_minor: Annotated[int, Field(strict=True, gt=0, le=1_000_000_000), Whole]
    currency: Currency
    reason: Code


@router.post("/cases/{case_id}/goodwill", status_code=201)
async def give_goodwill(
    case_id: CaseInPath, body: GoodwillRequest, actor: Who, unit: KeyedUnit, markets: Markets
) -> GoodwillView:
    """Give the buyer of a case the platform's own money, within the limit of one's role for the case.

    An order in another currency than its market's is refused, for billing pays nothing for it.
    """
    case = await known_case(unit, case_id)
    if case is None or case.of_whom is None:
        raise NotVisible
    whose = case.of_whom
    authorize(actor, Action.GIVE_GOODWILL, Parties(whose.market, whose.buyer_id, whose.seller_id))
    opened = case.expect_bought()
    case.expect_open()
    market = markets[opened.market]
    bought_in = await currency_of_line(unit, opened.order_id, opened.line_id)
    if bought_in is None:
        raise NotVisible
    expect_currency(bought_in, market.currency)
    expect_currency(body.currency, market.currency)
    gift = Gift(
        decision_id=DecisionId(new_id("dec")),
        dispute_id=None,
        case_id=case_id,
        market=opened.market,
        order_id=opened.order_id,
        line_id=opened.line_id,
        buyer_id=opened.buyer_id,
        seller_id=opened.seller_id,
        amount_minor=body.amount_minor,
        currency=CurrencyCode(body.currency),
        reason=body.reason,
        given_by=actor.role,
        giver_id=StaffId(actor.id),
        at=unit.now,
    )
    return goodwill_view(gift, await give(gift, market.authority.gives_up_to(actor.role), unit))
