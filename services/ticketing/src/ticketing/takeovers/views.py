"""What the screens of takeovers show."""

from datetime import datetime

from chassis.http import View
from ombud_words import CaseId, TakeoverId
from ticketing.takeovers.domain import Takeover


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
    charges_announced: list[str]
    counted_seconds: int
    """Working seconds that the missed deadline had, for T1."""
    ended_because: str | None


def takeover_view(takeover: Takeover) -> TakeoverView:
    """Return the screen of a takeover."""
    grounds, decision = takeover.grounds, takeover.decision
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
        appeal_until=decision.appeal_until if decision else None,
        charges_announced=list(decision.charges_announced) if decision else [],
        counted_seconds=sum(s.seconds for s in grounds.deadline_trace if s.counted),
        ended_because=takeover.ended_because,
    )
