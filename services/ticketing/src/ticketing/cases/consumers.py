"""What events mean for a case: the buyer's message makes it live again, the seller's is an answer, and a delivery guarantee that
grants by itself opens one."""

from collections.abc import Mapping

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from ombud_contracts import Received
from ombud_contracts.events.messaging import Classification, MessageDelivered
from ombud_contracts.events.sla_monitor import ClockBreached, GraceEnded
from ombud_contracts.market import Market
from ombud_words import Audience, EventId, LineKey, Reason, Role, of_line_key
from ticketing.cases.domain.commands import NoteAnswer
from ticketing.cases.living import reopen
from ticketing.cases.opening import case_about_line, live_case_about_line
from ticketing.cases.store import CASES
from ticketing.orders.store import guard_line


async def reopen_after_message(received: Received, unit: Unit) -> None:
    """Reopen a resolved or closed case in which its buyer, or who asks the platform, writes. Raises NotYet for an unknown one."""
    match received.event:
        case MessageDelivered(classification=Classification(pure_thanks=True)):
            return  # nobody expects anything after it
        case MessageDelivered(author_role=Role.BUYER, audience=Audience.THREAD, case_id=case_id):
            await reopen(case_id, "buyer_message", received.at, unit)
        case MessageDelivered(author_role=(Role.BUYER | Role.SELLER) as asker, audience="platform", case_id=case_id):
            await reopen(case_id, f"{asker}_message", received.at, unit)


async def open_for_guarantee(received: Received, markets: Mapping[str, Market], unit: Unit) -> None:
    """Give the buyer of a line that did not come in its time a case, where the market gives the money back by itself and there is
    no live one. Raises NotYet for a line that nobody told of."""
    match received.event:
        case (
            ClockBreached(kind=kind, about="order_line", subject=subject, still_owed=True, grace_ends_at=None)
            | GraceEnded(kind=kind, about="order_line", subject=subject)
        ) if kind == "delivery_guarantee":
            market = markets.get(received.metadata.market or "")
            if market is not None and market.guarantee.grants_up_to_minor:
                await _open_for_guarantee(LineKey(subject), EventId(received.metadata.id), market, markets, unit)


async def _open_for_guarantee(
    key: LineKey, told_by: EventId, market: Market, markets: Mapping[str, Market], unit: Unit
) -> None:
    line = await guard_line(unit, key)
    if line is None or line.purchase is None:
        raise NotYet(key)
    bought, (_, line_id) = line.purchase, of_line_key(key)
    if bought.refused is not None or not line.guarantee_claimable or not market.guarantee.grants(bought.value_minor):
        return
    if await live_case_about_line(Reason.NOT_RECEIVED, line_id, line, markets, unit) is None:
        await case_about_line(Reason.NOT_RECEIVED, line_id, line, markets, told_by, unit)


async def note_answer(received: Received, unit: Unit) -> None:
    """Keep when the seller last answered, so that an answered contact is not taken over."""
    match received.event:
        case MessageDelivered(author_role=Role.SELLER, qualifies=True, case_id=case_id, submitted_at=at):
            if await unit.read(CASES, case_id) is not None:
                await unit.execute(CASES, case_id, NoteAnswer(at))
