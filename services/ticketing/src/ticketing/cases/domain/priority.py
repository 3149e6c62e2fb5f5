"""How urgent a case is, and why (R-23): severity, money at risk, deadline, safety, repeat contact."""

from dataclasses import dataclass
from datetime import datetime

from ombud_words import Reason

URGENT, HIGH, NORMAL, LOW = 1, 2, 3, 4

_SAFETY = frozenset({Reason.UNSAFE})
_SEVERE = frozenset(
    {Reason.LOCKED_DEVICE, Reason.COUNTERFEIT, Reason.NOT_RECEIVED, Reason.DEFECTIVE, Reason.WRONG_ITEM}
)
_MILD = frozenset({Reason.PRE_SALE, Reason.GUIDANCE, Reason.SUGGESTION, Reason.ORDER_STATUS})
_MUCH_MONEY_MINOR = 50_000
_REPEATED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the priority is judged by."""

    reason: Reason
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
