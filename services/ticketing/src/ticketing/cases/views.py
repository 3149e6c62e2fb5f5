"""What ticketing's screens show."""

from datetime import datetime

from chassis.http import View
from chassis.store import Document
from ticketing.domain.case import Case
from ticketing.domain.takeover import Takeover


class DeadlineView(View):
    """Who owes what by when, and what happens if they stay silent (R-34)."""

    clock_id: str
    kind: str
    owner: str
    verdict: str
    due_by: datetime | None
    on_silence: str | None


class CaseView(View):
    """A case as its parties and the staff see it."""

    case_id: str
    number: str
    market: str
    order_id: str
    line_id: str
    reason: str
    status: str
    outcome: str | None
    priority: int
    """1 is the most urgent."""
    priority_reasons: list[str]
    opened_at: datetime
    answered_by: str
    """`seller`, or `platform` after a takeover."""
    takeover_id: str | None
    deadlines: list[DeadlineView]


class CasePage(View):
    """Cases, newest first."""

    cases: list[CaseView]
    next_cursor: str | None


class TakeoverView(View):
    """A takeover with the record of its decision."""

    takeover_id: str
    case_id: str
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


class TimelineEntry(View):
    """One thing that happened in a case."""

    event_id: str
    at: datetime
    type: str
    actor_kind: str
    summary: dict[str, object]


class TimelinePage(View):
    """What happened, oldest first."""

    entries: list[TimelineEntry]
    next_cursor: str | None


class NoticeView(View):
    """Something the parties were told, in the reader's language."""

    about: str
    template: str
    issued_at: datetime
    text: str


class NoticeList(View):
    """All notices of a case."""

    notices: list[NoticeView]


def case_view(case: Case, deadlines: list[Document]) -> CaseView:
    """Return the screen of a case."""
    return CaseView(
        case_id=case.id,
        number=case.number,
        market=case.market,
        order_id=case.order_id,
        line_id=case.line_id,
        reason=case.reason,
        status=case.status,
        outcome=case.outcome,
        priority=case.priority,
        priority_reasons=list(case.priority_reasons),
        opened_at=case.opened_at,
        answered_by="platform" if case.taken_over else "seller",
        takeover_id=case.takeover_id,
        deadlines=[
            DeadlineView(
                clock_id=d["clock_id"],
                kind=d["kind"],
                owner=d["owner"],
                verdict=d["verdict"],
                due_by=d.get("due_by"),
                on_silence=d.get("on_silence"),
            )
            for d in deadlines
        ],
    )


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


def timeline_entry(entry: Document) -> TimelineEntry:
    """Return one line of a timeline."""
    return TimelineEntry(
        event_id=entry["_id"],
        at=entry["at"],
        type=entry["type"],
        actor_kind=entry["actor_kind"],
        summary=entry["summary"],
    )
