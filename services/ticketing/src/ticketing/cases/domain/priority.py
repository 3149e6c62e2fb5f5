"""How urgent a case is, and why (R-23): severity, money at risk, deadline, safety, repeat contact."""

from dataclasses import dataclass
from datetime import datetime

URGENT, HIGH, NORMAL, LOW = 1, 2, 3, 4

_SAFETY = frozenset({"UNSAFE"})
_SEVERE = frozenset({"LOCKED_DEVICE", "COUNTERFEIT", "NOT_RECEIVED", "DEFECTIVE", "WRONG_ITEM"})
_MILD = frozenset({"PRE_SALE", "GUIDANCE", "SUGGESTION", "ORDER_STATUS"})
_MUCH_MONEY_MINOR = 50_000
_REPEATED = 2


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the priority is judged by."""

    reason: str
    value_minor: int
    """Paid for the line, shipping included."""
    promised_by: datetime
    delivered_at: datetime | None
    earlier_contacts: int
    """Cases of the buyer about the same order in the last 30 days."""
    at: datetime


def prioritise(c: Circumstances) -> tuple[int, tuple[str, ...]]:
    """Return the priority (1 urgent to 4 low) and the codes of its reasons."""
    if c.reason in _SAFETY:
        return URGENT, ("safety",)
    raised = tuple(
        code
        for code, applies in (
            ("severity", c.reason in _SEVERE),
            ("money_at_risk", c.value_minor >= _MUCH_MONEY_MINOR),
            ("promised_date_passed", c.delivered_at is None and c.promised_by < c.at),
            ("repeat_contact", c.earlier_contacts >= _REPEATED),
        )
        if applies
    )
    if not raised:
        return (LOW, ("low_severity",)) if c.reason in _MILD else (NORMAL, ("standard",))
    return (URGENT if len(raised) >= 3 else HIGH), raised
