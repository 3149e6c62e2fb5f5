"""What happens to a message with these findings: rows of a policy, the most specific one wins, the strictest finding decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from .finding import Finding, Kind
from .ruledata import Table, number_of, rule_file, tables_of, text_of

ANY = "any"


class Action(StrEnum):
    """Mildest first; a message takes the strictest action any of its findings asks for."""

    ALLOW = "allow"
    FLAG = "flag"
    REDACT = "redact"
    HOLD = "hold"
    BLOCK = "block"


_SEVERITY = {action: rank for rank, action in enumerate(Action)}


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One row: where it applies ("any" matches all), from which score on, and what it asks for."""

    id: str
    action: Action
    sentence: str
    market: str = ANY
    role: str = ANY
    phase: str = ANY
    kind: str = ANY
    minimum_score: float = 0.0

    def specificity(self) -> int:
        return sum(value != ANY for value in (self.market, self.role, self.phase, self.kind))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: the rule that found it, the policy row that decided, and where it stands (code points as written)."""

    rule: str
    policy: str
    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PolicyDecision:
    """The action for a whole message, the reasons, and the findings that must be hidden from the recipient."""

    action: Action
    reasons: tuple[Reason, ...]
    hidden: tuple[Finding, ...]


def rows_from(table: Table) -> tuple[PolicyRow, ...]:
    """Read policy rows from a table shaped like `rules/policy.toml`. Raises `ValueError` on an unknown action."""
    return tuple(
        PolicyRow(
            id=text_of(row, "id"),
            action=Action(text_of(row, "action")),
            sentence=text_of(row, "sentence"),
            market=text_of(row, "market", ANY),
            role=text_of(row, "role", ANY),
            phase=text_of(row, "phase", ANY),
            kind=text_of(row, "kind", ANY),
            minimum_score=number_of(row, "minimum_score", 0.0),
        )
        for row in tables_of(table, "row")
    )


@cache
def default_policy() -> tuple[PolicyRow, ...]:
    """Return the rows shipped with the package."""
    return rows_from(rule_file("policy.toml"))


def action_for(
    findings: Sequence[Finding],
    *,
    role: str,
    market: str,
    phase: str = ANY,
    rows: Sequence[PolicyRow] | None = None,
) -> PolicyDecision:
    """Decide what happens to a message (R-04). No finding, or no row that fits, means allow. `rows` defaults to the shipped policy."""
    policy = default_policy() if rows is None else rows
    action, reasons, hidden = Action.ALLOW, [], []
    for finding in findings:
        row = _row_for(finding, policy, role, market, phase)
        if row is None or row.action is Action.ALLOW:
            continue
        reasons.append(Reason(finding.rule, row.id, finding.kind, finding.start, finding.end))
        action = max(action, row.action, key=_SEVERITY.__getitem__)
        if row.action is not Action.FLAG:
            hidden.append(finding)
    return PolicyDecision(action, tuple(reasons), tuple(hidden))


def _row_for(finding: Finding, rows: Sequence[PolicyRow], role: str, market: str, phase: str) -> PolicyRow | None:
    best: PolicyRow | None = None
    for row in rows:
        fits = (
            row.market in (ANY, market)
            and row.role in (ANY, role)
            and row.phase in (ANY, phase)
            and row.kind in (ANY, finding.kind)
            and finding.score >= row.minimum_score
        )
        if fits and (best is None or row.specificity() >= best.specificity()):
            best = row
    return best
