"""What a candidate would have changed: the same facts judged by the rules with and without it.

It looks at rounds as they stood at the end of a window from whose beginning the candidate is in force. It does not imagine how people would have acted
otherwise: the facts are those that happened, so that the same window played again gives exactly this difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ombud_rulebooks.domain import Window
from sla_monitor.clocks.domain import Fact, FactId, Round, Run, Verdict, as_round, pending_holds, reckon, verdict_at
from sla_monitor.rules.domain import NOTHING, ClockKind, Rules, Signal, Totals
from sla_monitor.working_time.domain import SECOND, instant, micros

_BREACHED = (Verdict.BREACHED, Verdict.MET_LATE)
_ENDS_A_TAKEOVER = (Signal.HANDED_BACK, Signal.TAKEOVER_CONCLUDED, Signal.TAKEOVER_REVERSED)
_SETTLES_A_HOLD = (Signal.REPLY_RELEASED, Signal.REPLY_BLOCKED, Signal.QUALIFYING_REPLY, Signal.OTHER_REPLY)
_SELLER = "seller"


@dataclass(frozen=True, slots=True)
class Prices:
    """What silence leads to in a market: which words of `on_silence` mean a takeover, in which mode, at what cost."""

    modes: Mapping[str, str]
    """`on_silence` → `automatic`, `recommend` or `manual`."""
    takeover_minor: int
    """What billing charges the seller for a takeover, VAT included, in minor units."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a round stood at an instant."""

    start_id: FactId
    verdict: Verdict
    due_by: datetime
    breached: bool
    takeover: str
    """`automatic`, `proposed`, or empty."""


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
        submitted = held.counts_from or held.at
        if held.signal is Signal.REPLY_HELD and round_.start_at <= submitted and held.at <= round_.due_by:
            after = (f.at for f in facts if f.ref == held.ref and f.signal in _SETTLES_A_HOLD and f.at >= held.at)
            settled = min(after, default=moment)
            moment = max(moment, min(settled, at_most))
    return max(moment, round_.grace_ends_at) if round_.grace_ends_at else moment


def _ended_between(facts: Sequence[Fact], start: datetime, end: datetime) -> bool:
    return any(f.signal in _ENDS_A_TAKEOVER and start <= f.at <= end for f in facts)
