"""What lists of obligations and a seller's figures show."""

from datetime import datetime

from chassis.http import View
from chassis.store import Document
from ombud_words import CaseId, ClockId, SellerId
from sla_monitor.clocks.domain import Clock, verdict_at
from sla_monitor.clocks.publish import clock_id
from sla_monitor.lists.store import Punctuality, Window
from sla_monitor.rules.domain import Rules


class ObligationView(View):
    """What somebody owes now."""

    clock_id: ClockId
    case_id: CaseId
    market: str
    kind: str
    title: str
    subject: str
    owner: str
    verdict: str
    started_at: datetime
    due_by: datetime
    seconds_left: int
    """Until the deadline, in ordinary time; negative when it has passed."""
    on_silence: str


class ObligationPage(View):
    """A page of a list of what is owed."""

    obligations: list[ObligationView]
    next_cursor: str | None


class CountedObligation(View):
    """An obligation that counts for a seller's figures."""

    clock_id: ClockId
    case_id: CaseId
    market: str
    verdict: str
    started_at: datetime
    due_by: datetime
    ended_at: datetime | None
    """None while it is overdue and still open."""
    counted_seconds: int | None
    """Counted time until it ended: the time to answer, when it was answered."""


class CountedPage(View):
    """A page of the obligations behind a seller's figures."""

    obligations: list[CountedObligation]
    next_cursor: str | None


class PunctualityView(View):
    """How punctually a seller answered, over obligations that began in a window."""

    seller_id: SellerId
    markets: list[str]
    from_at: datetime
    to: datetime
    """Not included."""
    obligations: int
    answered_in_time: int
    answered_late: int
    not_answered_in_time: int
    """Never answered, or overdue and still open."""
    share_in_time: float | None
    """Answered in time of all, rounded to 4 places; None without obligations."""
    median_answer_seconds: int | None
    """Counted time to an answer, half of the answers took no longer (nearest rank); None without answers."""
    p90_answer_seconds: int | None


def obligation_view(clock: Clock, rules: Rules, now: datetime) -> ObligationView:
    """Return the line of a clock whose last round is owed, or of one that is about to be announced."""
    round_ = clock.rounds[-1]
    policy = rules.policies.version(clock.ref.kind, round_.policy_version)
    return ObligationView(
        clock_id=clock_id(clock.ref),
        case_id=clock.ref.case_id,
        market=clock.ref.market,
        kind=clock.ref.kind,
        title=policy.title,
        subject=clock.ref.subject,
        owner=round_.owner,
        verdict=verdict_at(round_, now),
        started_at=round_.start_at,
        due_by=round_.due_by,
        seconds_left=int((round_.due_by - now).total_seconds()),
        on_silence=policy.on_silence,
    )


def counted_view(document: Document) -> CountedObligation:
    """Return the line of an obligation behind a seller's figures."""
    shown = ("clock_id", "case_id", "market", "verdict", "started_at", "due_by")
    return CountedObligation(
        **{name: document[name] for name in shown},
        ended_at=document.get("ended_at"),
        counted_seconds=document.get("counted_seconds"),
    )


def punctuality_view(window: Window, found: Punctuality) -> PunctualityView:
    """Return a seller's figures."""
    number = found.met + found.met_late + found.breached
    return PunctualityView(
        seller_id=window.seller_id,
        markets=list(window.markets),
        from_at=window.start,
        to=window.end,
        obligations=number,
        answered_in_time=found.met,
        answered_late=found.met_late,
        not_answered_in_time=found.breached,
        share_in_time=round(found.met / number, 4) if number else None,
        median_answer_seconds=found.answer_seconds[50],
        p90_answer_seconds=found.answer_seconds[90],
    )
