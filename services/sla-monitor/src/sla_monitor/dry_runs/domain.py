"""What a candidate would have changed: the same facts judged by the rules with and without it.

It looks at rounds as they stood at the end of a window from whose beginning the candidate is in force. It does not imagine how people would have acted
otherwise: the facts are those that happened, so that the same window played again gives exactly this difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sla_monitor.clocks.domain.clock import verdict_at
from sla_monitor.clocks.domain.fact import Fact, pending_holds
from sla_monitor.clocks.domain.reckoning import reckon
from sla_monitor.clocks.domain.round import Round, Run, Verdict, as_round
from sla_monitor.rules.domain.policy import ClockKind, ClockPolicy, PolicyTable
from sla_monitor.rules.domain.rules import CalendarBook, PublishedCalendar, Rules
from sla_monitor.rules.domain.signal import Signal
from sla_monitor.working_time.domain.instant import SECOND, instant, micros

_BREACHED = (Verdict.BREACHED, Verdict.MET_LATE)
_ENDS_A_TAKEOVER = (Signal.HANDED_BACK, Signal.TAKEOVER_CONCLUDED, Signal.TAKEOVER_REVERSED)
_SETTLES_A_HOLD = (Signal.REPLY_RELEASED, Signal.REPLY_BLOCKED, Signal.QUALIFYING_REPLY, Signal.OTHER_REPLY)
_SELLER = "seller"


@dataclass(frozen=True, slots=True)
class Window:
    """From an instant until just before another."""

    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class Prices:
    """What silence leads to in a market: which words of `on_silence` mean a takeover, in which mode, at what cost."""

    modes: Mapping[str, str]
    """`on_silence` → `automatic`, `recommend` or `manual`."""
    takeover_minor: int
    """What billing charges the seller for a takeover, VAT included, in minor units."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What changed. Differences are what is gained less what is lost."""

    clocks_changed: int = 0
    breaches_gained: int = 0
    breaches_lost: int = 0
    takeovers_gained: int = 0
    takeovers_lost: int = 0
    proposals_gained: int = 0
    """Takeovers that a person would have been asked to decide: nothing is charged for these."""
    proposals_lost: int = 0
    charged_minor: int = 0
    """Change of what sellers are charged, VAT included, in minor units; negative when they pay less."""

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.clocks_changed + other.clocks_changed,
            self.breaches_gained + other.breaches_gained,
            self.breaches_lost + other.breaches_lost,
            self.takeovers_gained + other.takeovers_gained,
            self.takeovers_lost + other.takeovers_lost,
            self.proposals_gained + other.proposals_gained,
            self.proposals_lost + other.proposals_lost,
            self.charged_minor + other.charged_minor,
        )


NOTHING = Totals()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a round stood at an instant."""

    start_id: str
    verdict: Verdict
    due_by: datetime
    breached: bool
    takeover: str
    """`automatic`, `proposed`, or empty."""


def with_policy(rules: Rules, row: ClockPolicy, since: datetime) -> Rules:
    """The rules as if a row had been in force since an instant, in place of later versions of its kind."""
    others = [r for r in rules.policies.rows if r.kind != row.kind]
    earlier = [
        replace(r, effective_until=None) if r.effective_until and r.effective_until > since else r
        for r in rules.policies.rows
        if r.kind == row.kind and r.effective_from < since
    ]
    tried = replace(row, effective_from=since, effective_until=None)
    return Rules(PolicyTable([*others, *earlier, tried]), rules.calendars)


def with_calendar(rules: Rules, candidate: PublishedCalendar, since: datetime) -> Rules:
    """The rules as if a calendar had been in force since an instant, in place of later versions of it."""
    id = candidate.calendar.id
    kept = [p for p in rules.calendars.published if p.calendar.id != id or p.effective_from < since]
    return Rules(rules.policies, CalendarBook([*kept, replace(candidate, effective_from=since)]))


def compare(
    kind: ClockKind,
    facts: Sequence[Fact],
    gates: Sequence[bool] | None,
    before: Rules,
    after: Rules,
    window: Window,
    prices: Prices,
) -> Totals:
    """What one clock's rounds come to by both rules; NOTHING when no verdict, deadline or takeover differs."""
    happened = [fact for fact in facts if fact.at < window.to_at]
    old = outcomes(kind, happened, gates, before, window.to_at, prices)
    new = outcomes(kind, happened, gates, after, window.to_at, prices)
    if old == new:
        return NOTHING
    takeovers = _gained_and_lost(old, new, "automatic")
    proposals = _gained_and_lost(old, new, "proposed")
    were, are = {o.start_id for o in old if o.breached}, {o.start_id for o in new if o.breached}
    return Totals(
        1,
        len(are - were),
        len(were - are),
        *takeovers,
        *proposals,
        prices.takeover_minor * (takeovers[0] - takeovers[1]),
    )


def _gained_and_lost(old: Sequence[Outcome], new: Sequence[Outcome], how: str) -> tuple[int, int]:
    were, are = {o.start_id for o in old if o.takeover == how}, {o.start_id for o in new if o.takeover == how}
    return len(are - were), len(were - are)


def outcomes(
    kind: ClockKind,
    facts: Sequence[Fact],
    gates: Sequence[bool] | None,
    rules: Rules,
    at: datetime,
    prices: Prices,
) -> list[Outcome]:
    """How the rounds stood at an instant; those that began before the candidate was tried are the same by both rules."""
    holds = pending_holds(facts)
    found: list[Outcome] = []
    taken_over_at: datetime | None = None
    for run in reckon(kind, facts, rules, gates):
        round_ = as_round(run, holds)
        moment = _silence_at(run, round_, facts)
        takes = _takes_over(run, round_, moment, prices) and moment <= at
        if takes and taken_over_at is not None and not _ended_between(facts, taken_over_at, moment):
            takes = False  # the platform owns the contact already
        taken_over_at = moment if takes else taken_over_at
        verdict = verdict_at(round_, at)
        how = ("automatic" if prices.modes[run.row.on_silence] == "automatic" else "proposed") if takes else ""
        found.append(Outcome(run.start_id, verdict, round_.due_by, verdict in _BREACHED, how))
    return found


def _takes_over(run: Run, round_: Round, moment: datetime, prices: Prices) -> bool:
    """Whether the seller's silence led to a takeover: what is answered by then is left alone."""
    owed = round_.settled_at is None or round_.settled_at >= moment
    return owed and round_.owner == _SELLER and run.row.on_silence in prices.modes


def _silence_at(run: Run, round_: Round, facts: Sequence[Fact]) -> datetime:
    """When the default on silence applies: at the breach, later while a reply waited for moderation, or after grace."""
    moment = round_.breach_at
    at_most = instant(micros(moment) + run.row.hold_cap_seconds * SECOND)
    for held in facts:
        if held.signal is Signal.REPLY_HELD and round_.start_at <= held.at <= round_.due_by:
            settled = next((f.at for f in facts if f.ref == held.ref and f.signal in _SETTLES_A_HOLD), moment)
            moment = max(moment, min(settled, at_most))
    return max(moment, round_.grace_ends_at) if round_.grace_ends_at else moment


def _ended_between(facts: Sequence[Fact], start: datetime, end: datetime) -> bool:
    return any(f.signal in _ENDS_A_TAKEOVER and start <= f.at <= end for f in facts)
