"""The delivery guarantee that grants by itself: where the market says so, the system opens the dispute of a line that did not come
in its time, and decides it by that fact alone, as long as nobody disputes anything (product rules, section 8)."""

from collections.abc import Mapping, Sequence

from chassis.aggregate import Unit
from chassis.ids import derived_id
from disputes.cases.domain import BoughtLine, KnownCase, OpenedCase
from disputes.cases.store import case_ids_of_line, known_case
from disputes.disputes.course import act, bought_line, open_dispute
from disputes.disputes.domain import BY_RULE, Decide, Dispute, Stage
from disputes.disputes.market_terms import admission_of, money_of, rules_of_system, shown_of
from disputes.disputes.opening import OpenRequest, opening
from disputes.disputes.store import DISPUTES, disputes_of_line
from ombud_contracts.market import Market
from ombud_words import (
    GUARANTEE_LAPSED,
    CaseId,
    DecisionId,
    LineId,
    OrderId,
    Reason,
    ReasonFamily,
    Remedy,
    Role,
)

NOT_DELIVERED_IN_TIME = "not_delivered_in_time"
"""The reason of the decision."""


async def grant(
    order_id: OrderId, line_id: LineId, just_told: Sequence[CaseId], markets: Mapping[str, Market], unit: Unit
) -> None:
    """Give back what is left of a line whose guarantee has lapsed, once, where its market grants that by itself.

    A live dispute in which the buyer asks for it, and nothing was offered or shown against it, is decided if it is the only one
    that there ever was about the delivery; without any, one is opened in a case about the delivery, of which `just_told` names
    those that are told of in this transaction. Everything else is
    for people: what was disputed, agreed or decided about the delivery before, and a contact that is with the platform.
    """
    line = await bought_line(unit, order_id, line_id)
    if line is None or not line.guarantee_claimable or not line.left_minor:
        return
    before = await _about_delivery(order_id, line_id, unit)
    for dispute in before if len(before) == 1 else ():
        market = markets[dispute.opened.market]
        if market.guarantee.grants(line.paid.paid_minor) and await _can_be_granted(dispute, unit):
            await _decide(dispute, line, market, unit)
    if before:
        return
    for case_id in [*just_told, *await case_ids_of_line(unit, order_id, line_id)]:
        case = await known_case(unit, case_id)
        if case is not None and await _granted_in(case, line, markets, unit):
            return


async def _about_delivery(order_id: OrderId, line_id: LineId, unit: Unit) -> list[Dispute]:
    """Return the buyer's disputes about the delivery of a line as they are in this transaction."""
    found: list[Dispute] = []
    for known in await disputes_of_line(unit, order_id, line_id):
        opened = known.opened
        if opened.family == ReasonFamily.DELIVERY and opened.opened_by != Role.SELLER:
            found.append(await unit.read(DISPUTES, known.id) or known)
    return found


async def _can_be_granted(dispute: Dispute, unit: Unit) -> bool:
    shown = dispute.stage == Stage.MEDIATION and GUARANTEE_LAPSED in dispute.shown
    case = await known_case(unit, dispute.opened.case_id)
    return shown and dispute.undisputed and not (case is not None and case.with_platform)


async def _granted_in(case: KnownCase, line: BoughtLine, markets: Mapping[str, Market], unit: Unit) -> bool:
    opened = case.opened
    if opened is None or case.closed or case.with_platform:
        return False
    market = markets[opened.market]
    if not market.guarantee.grants(line.paid.paid_minor) or line.paid.currency != market.currency:
        return False
    category = line.terms.category if line.terms else None
    row = market.reason(Reason.NOT_RECEIVED, category)
    admission = admission_of(row, market, line, None)
    too_late = admission.closes_at is not None and unit.now > admission.closes_at
    shown = shown_of(row, line)
    if too_late or not shown or not row.disputable or not _is_about(ReasonFamily.DELIVERY, opened, market, category):
        return False
    claim = OpenRequest(reason=Reason.NOT_RECEIVED, remedy=Remedy.FULL_REFUND, currency=market.currency, new_fact=None)
    command = opening(claim, case, opened, row, money_of(line, market), Role.SYSTEM, unit.now, shown)
    await _decide(await open_dispute(command, admission, line.left_minor, unit), line, market, unit)
    return True


def _is_about(family: ReasonFamily, opened: OpenedCase, market: Market, category: str | None) -> bool:
    """Tell whether a case is about this kind of problem; one whose reason a later release has is not."""
    known = opened.reason in list(Reason)
    return known and market.reason(Reason(opened.reason), category).family == family


async def _decide(dispute: Dispute, line: BoughtLine, market: Market, unit: Unit) -> None:
    command = Decide(
        decision_id=DecisionId(derived_id("dec", dispute.id, "decision")),
        remedy=Remedy.FULL_REFUND,
        amount_minor=0,
        left_minor=line.left_minor,
        clause=market.guarantee.clause,
        facts=(GUARANTEE_LAPSED,),
        reasons=(NOT_DELIVERED_IN_TIME,),
        rules=rules_of_system(market, unit.now),
        decided_by=Role.SYSTEM,
        mediator_id=BY_RULE,
        at=unit.now,
    )
    await act(dispute.id, command, unit.now, unit)
