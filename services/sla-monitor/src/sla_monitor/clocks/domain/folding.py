"""Keeps a clock's facts few: rounds that can no longer change are folded away, and the middle of a long burst."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.clocks.domain.reckoning import gates_after
from sla_monitor.clocks.domain.round import Round
from sla_monitor.rules.domain import ClockKind, ClockPolicy, Rules, Signal

MOST_FACTS = 128
"""Facts kept of one clock; beyond it settled rounds are folded away, then messages that only joined."""
FOLD_AFTER = timedelta(days=90)
"""A round settled this long before the newest fact can no longer change."""
_NEWEST_KEPT = 32


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left of a clock's facts. `since` is the start of the earliest round kept; None when no round went."""

    since: datetime | None
    gates: tuple[bool, ...] | None
    facts: tuple[Fact, ...]
    rounds: tuple[Round, ...]


def fold(
    kind: ClockKind, facts: Sequence[Fact], rounds: Sequence[Round], gates: tuple[bool, ...] | None, rules: Rules
) -> Kept | None:
    """Fold sorted facts and their rounds; None when there is nothing to fold. Raises UnknownVersion."""
    since = _fold_before(facts, rounds)
    if since is None and len(facts) <= MOST_FACTS:
        return None
    before = [fact for fact in facts if since is not None and fact.counts_at < since]
    if before:
        gates = gates_after(kind, before, rules, gates)
        facts = [fact for fact in facts if fact not in before or _credits_after(fact, since)]
        rounds = [round_ for round_ in rounds if since is None or round_.start_at >= since]
    if len(facts) > MOST_FACTS and rounds:
        facts = _thinned(facts, rounds[-1], rules.policies.version(kind, rounds[-1].policy_version))
    return Kept(since, gates, tuple(facts), tuple(rounds))


def _fold_before(facts: Sequence[Fact], rounds: Sequence[Round]) -> datetime | None:
    """Start of the earliest round to keep: the last one, or more while those before it are recent and facts few."""
    if len(rounds) < 2:
        return None
    if len(facts) > MOST_FACTS:
        return rounds[-1].start_at
    settled_long_ago = facts[-1].at - FOLD_AFTER
    kept = None
    for earlier, later in pairwise(rounds):
        if earlier.settled_at is None or earlier.settled_at > settled_long_ago:
            break
        kept = later.start_at
    return kept


def _credits_after(fact: Fact, instant: datetime | None) -> bool:
    return fact.signal is Signal.TIME_CREDITED and bool(fact.until and instant and fact.until > instant)


def _thinned(facts: Sequence[Fact], last: Round, row: ClockPolicy) -> list[Fact]:
    """Without the middle of a long burst: messages that only joined, and replies that did not count."""
    idle = row.starts | row.not_counted | row.noted
    newest = facts[-_NEWEST_KEPT].counts_at
    return [f for f in facts if f.signal not in idle or f.id == last.start_id or f.counts_at >= newest]
