"""What the monitor tells of the delivery guarantee of the desk's order line."""

from typing import Any

from chassis.testing import NOON
from ombud_contracts.events.sla_monitor import BreachWithdrawn, ClockBreached

CLOCK: dict[str, Any] = {
    "clock_id": "clk_1",
    "case_id": "orl_1",
    "kind": "delivery_guarantee",
    "subject": "ord_3|lin_4",
    "about": "order_line",
    "owner": "seller",
    "round": 1,
}


def lapsed(word: str = "guarantee_can_be_claimed", still_owed: bool = True, **changed: Any) -> ClockBreached:
    return ClockBreached(
        **CLOCK | changed,
        due_by=NOON,
        emitted_late=False,
        still_owed=still_owed,
        on_silence=word,
        policy_version="2",
        calendar_version="1",
        trace=(),
    )


WITHDRAWN = BreachWithdrawn(**CLOCK, cause="delivered", withdrawn_at=NOON)
