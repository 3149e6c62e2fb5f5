"""What the screens of takeovers show."""

from datetime import datetime

from chassis.appeals import AppealView, appeal_view
from chassis.http import View
from ombud_words import CaseId, Role, TakeoverId
from ticketing.deadlines.views import CostView
from ticketing.takeovers.domain import Cost, Status, Takeover


class UnlockView(View):
    """The one chance to unlock the device; its clock shows until when it lasts."""

    requested_at: datetime
    outcome: str | None
    """`unlocked`, `still_locked`, `not_answered` or `takeover_ended`; None while it lasts."""


class VerdictView(View):
    """What a person found about the reason of a takeover."""

    confirmed: bool
    reason: str
    decided_by: str
    decided_at: datetime


class TakeoverView(View):
    """A takeover with the record of its decision."""

    takeover_id: TakeoverId
    case_id: CaseId
    status: str
    trigger: str
    clause: str
    clause_version: str
    facts: list[str]
    scope: str
    proposed_by: str
    decided_by: str | None
    decided_at: datetime | None
    alternatives: list[str]
    appeal_until: datetime | None
    """Until when the seller may appeal what was decided last; null when the seller did, and while an appeal waits: meanwhile no
    time passes."""
    charges_announced: list[str]
    """Kinds of charges that the decision, or the verdict, announced."""
    costs: list[CostView]
    """What the seller was shown that it costs, and is charged by the decision or the verdict; the buyer is not told."""
    missing_facts: list[str]
    """Kinds of facts that the decision, or the verdict, still lacks."""
    unlock: UnlockView | None
    verdict: VerdictView | None
    """None where none was given; a takeover that was decided as a whole needs none."""
    appeals: list[AppealView]
    """Of the seller, as both sides may read."""
    counted_seconds: int
    """Working seconds that the missed deadline had, for T1."""
    ended_because: str | None


def seen_by_role(takeover: Takeover, role: Role) -> bool:
    """Tell whether somebody who sees the case sees this of it: what nobody proposed yet is for the desk alone."""
    return takeover.status != Status.ELIGIBLE or role not in (Role.BUYER, Role.SELLER)


def takeover_view(takeover: Takeover, reader: Role) -> TakeoverView:
    """Return a reader's screen of a takeover."""
    grounds, decision, verdict = takeover.grounds, takeover.decision, takeover.verdict
    lacking = grounds.missing_for_verdict if takeover.awaits_verdict else grounds.missing
    return TakeoverView(
        takeover_id=takeover.id,
        case_id=takeover.case_id,
        status=takeover.status,
        trigger=grounds.trigger,
        clause=grounds.clause,
        clause_version=grounds.clause_version,
        facts=[f.event_id for f in grounds.facts],
        scope=grounds.scope,
        proposed_by=takeover.proposed_by,
        decided_by=decision.decided_by if decision else None,
        decided_at=decision.at if decision else None,
        alternatives=list(decision.alternatives) if decision else [],
        appeal_until=takeover.appeal_until,
        charges_announced=list(takeover.charges_made),
        costs=[_cost_view(cost) for cost in takeover.costs] if reader != Role.BUYER else [],
        missing_facts=list(lacking),
        unlock=UnlockView(requested_at=takeover.unlock.requested_at, outcome=takeover.unlock.outcome)
        if takeover.unlock
        else None,
        verdict=VerdictView(
            confirmed=verdict.confirmed, reason=verdict.reason, decided_by=verdict.decided_by, decided_at=verdict.at
        )
        if verdict
        else None,
        appeals=[appeal_view(a) for a in takeover.appeals],
        counted_seconds=sum(s.seconds for s in grounds.deadline_trace if s.counted),
        ended_because=takeover.ended_because,
    )


def _cost_view(cost: Cost) -> CostView:
    return CostView(
        kind=cost.kind,
        net_minor=cost.net_minor,
        vat_minor=cost.vat_minor,
        gross_minor=cost.gross_minor,
        currency=cost.currency,
        tariff_version=cost.tariff_version,
    )
