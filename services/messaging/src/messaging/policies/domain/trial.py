"""A message judged by the policy with and without a candidate: what would become of it, by kind and as a whole. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ombud_detection import Action, Finding, PolicyRow, action_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How many messages of a role a candidate would treat otherwise, for one kind of finding."""

    role: str
    kind: str
    before: str
    after: str
    messages: int


@dataclass(frozen=True, slots=True)
class Judged:
    """One message by both policies."""

    before: Action
    after: Action
    changes: tuple[Change, ...]

    @property
    def changed(self) -> bool:
        """Whether something else would become of the message as a whole."""
        return self.before is not self.after


def judge(
    findings: Sequence[Finding],
    role: str,
    market: str,
    phase: str,
    before: Sequence[PolicyRow],
    after: Sequence[PolicyRow],
) -> Judged:
    """Return what becomes of a message with these findings by both policies."""

    def by(some: Sequence[Finding], rows: Sequence[PolicyRow]) -> Action:
        return action_for(some, role=role, market=market, phase=phase, rows=rows).action

    changes = []
    for kind in dict.fromkeys(f.kind for f in findings):
        own = [f for f in findings if f.kind == kind]
        was, would_be = by(own, before), by(own, after)
        if was is not would_be:
            changes.append(Change(role=role, kind=kind, before=was, after=would_be, messages=1))
    return Judged(by(findings, before), by(findings, after), tuple(changes))


def summed(*changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return changes with those of a sort counted together, in a fixed order."""
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for some in changes:
        for c in some:
            counted[c.role, c.kind, c.before, c.after] += c.messages
    return tuple(
        Change(role=role, kind=kind, before=before, after=after, messages=messages)
        for (role, kind, before, after), messages in sorted(counted.items())
    )
