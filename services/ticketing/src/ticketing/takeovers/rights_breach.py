"""T3: a right of the buyer is breached, and a clock says so: a complaint that nobody answers, a return that is not answered or
not refunded. The seller is reminded once, with what a takeover costs; what is still owed when the grace ends is taken over."""

from collections.abc import Mapping

from chassis.aggregate import Unit
from chassis.consuming import NotYet
from ombud_contracts.events.sla_monitor import ClockBreached, ClockEvent
from ombud_contracts.market import Market
from ombud_words import EventId, ReturnId, Role, Trigger
from ticketing.cases.domain import Case, TellParties
from ticketing.cases.store import CASES
from ticketing.takeovers.costs import costs_shown
from ticketing.takeovers.deciding import Finding, decide_by_rule, follow_rule, propose_found
from ticketing.takeovers.domain.commands import DeclineTakeover, WarnSeller
from ticketing.takeovers.domain.grounds import Fact
from ticketing.takeovers.domain.state import Status
from ticketing.takeovers.facts import entries_of_return, shown_in_case
from ticketing.takeovers.missed_deadline import segment, takeover_of_breach, takeovers_of_round
from ticketing.takeovers.store import TAKEOVERS

_RETURN = "return"
_ENDS: Mapping[str, tuple[str, ...]] = {
    "return_answer": ("disputes.return_accepted", "disputes.return_refused", "disputes.return_ended"),
    "refund_after_receipt": ("disputes.return_refund_ordered", "disputes.return_ended"),
}
"""For each clock of a return that leads to a takeover the events by which nothing is owed any more."""
_REOPENED = "disputes.return_step_reopened"
"""What was done is to be done again, for nobody should have done it in the seller's place."""
DONE_AFTER_REMINDER = "done_after_reminder"
"""Why a takeover is declined of which the seller had been warned."""


async def remind(breach: ClockBreached, breach_id: EventId, markets: Mapping[str, Market], unit: Unit) -> None:
    """Propose the takeover and warn the seller, once, where the market's rule would make it after the grace."""
    case = await _case_of(breach, unit)
    market = markets[case.market]
    rule = market.takeovers.get(Trigger.RIGHTS_BREACH)
    if breach.owner != Role.SELLER or rule is None or await _is_done(case, breach, unit):
        return
    found = await _finding(case, breach, breach_id, unit)
    if rule.mode != "automatic":
        await follow_rule(found, market, unit)
        return
    proposed = await propose_found(found, market, unit)
    if proposed is not None and proposed.status == Status.PROPOSED:
        await unit.execute(TAKEOVERS, found.takeover_id, WarnSeller(unit.now))
        notice = TellParties(about=found.takeover_id, notice="takeover_warned", recipients=(Role.SELLER,), at=unit.now)
        await unit.execute(CASES, case.id, notice)


async def take_over_after_reminder(
    breach: ClockBreached, breach_id: EventId, markets: Mapping[str, Market], unit: Unit
) -> None:
    """Take over what is still owed after the reminder; what the seller answered since is left alone (S-9)."""
    case = await _case_of(breach, unit)
    market = markets[case.market]
    rule = market.takeovers.get(Trigger.RIGHTS_BREACH)
    if breach.owner != Role.SELLER or rule is None:
        return
    if await _is_done(case, breach, unit):
        await withdraw_warning(breach, unit)
        return
    found = await _finding(case, breach, breach_id, unit)
    await (decide_by_rule if rule.mode == "automatic" else follow_rule)(found, market, unit)


async def withdraw_warning(clock: ClockEvent, unit: Unit) -> None:
    """Decline the takeover of which the seller was warned: what was owed has been done, or is owed no more."""
    async for takeover_id, known in takeovers_of_round(clock, unit):
        if known is not None and known.status == Status.WARNED:
            await unit.execute(TAKEOVERS, takeover_id, DeclineTakeover(DONE_AFTER_REMINDER, Role.SYSTEM, unit.now))


async def _case_of(breach: ClockBreached, unit: Unit) -> Case:
    case = await unit.read(CASES, breach.case_id)
    if case is None:
        raise NotYet(breach.case_id)
    return case


async def _is_done(case: Case, breach: ClockBreached, unit: Unit) -> bool:
    """Tell whether what was owed has been done since: a complaint is answered by a reply, a return by its steps alone."""
    if breach.about != _RETURN:
        return case.answered_since(breach.due_by)
    done = False
    for entry in await entries_of_return(case.id, ReturnId(breach.subject), unit):
        reopened = entry["type"] == _REOPENED and entry["summary"].get("step") == breach.kind
        done = not reopened and (done or entry["type"] in _ENDS.get(breach.kind, ()))
    return done


async def _finding(case: Case, breach: ClockBreached, breach_id: EventId, unit: Unit) -> Finding:
    takeover_id, _known = await takeover_of_breach(breach, breach_id, unit)
    return Finding(
        takeover_id=takeover_id,
        case=case,
        trigger=Trigger.RIGHTS_BREACH,
        facts=(Fact(breach_id, ("deadline_trace",)), *await shown_in_case(case, ("claim", "return_request"), unit)),
        trace=tuple(segment(s) for s in breach.trace),
        costs=await costs_shown(breach.clock_id, breach.round, unit),
        by_reply=breach.about != _RETURN,
    )
