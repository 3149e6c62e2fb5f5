"""How urgent a case is, and why (R-23): severity, money at risk, deadline, safety, repeat contact."""

from dataclasses import dataclass
from datetime import datetime

URGENT, HIGH, NORMAL, LOW = 1, 2, 3, 4

_REPEATED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the priority is judged by."""

    base_priority: int
    """Of the reason, by the market's row: 1 is safety, 2 severe, 3 standard, 4 can wait."""
    value_minor: int
    """Paid for the line, shipping included."""
    money_at_risk_minor: int
    """From which value on the market calls a case urgent; in its currency."""
    promised_by: datetime | None
    """None where nothing is to be delivered."""
    delivered_at: datetime | None
    earlier_contacts: int
    """Cases of the buyer about the same order in the last 30 days."""
    at: datetime


def prioritise(c: Circumstances) -> tuple[int, tuple[str, ...]]:
    """Return the priority (1 urgent to 4 low) and the codes of its reasons."""
    if c.base_priority == URGENT:
        return URGENT, ("safety",)
    raised = tuple(
        code
        for code, applies in (
            ("severity", c.base_priority == HIGH),
            ("money_at_risk", c.value_minor >= c.money_at_risk_minor),
            ("promised_date_passed", _overdue(c)),
            ("repeat_contact", c.earlier_contacts >= _REPEATED),
        )
        if applies
    )
    if not raised:
        return (LOW, ("low_severity",)) if c.base_priority == LOW else (NORMAL, ("standard",))
    return (URGENT if len(raised) >= 3 else HIGH), raised


def _overdue(c: Circumstances) -> bool:
    return c.delivered_at is None and c.promised_by is not None and c.promised_by < c.at
