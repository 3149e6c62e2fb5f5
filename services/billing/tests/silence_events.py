"""Breaches of billing's two clocks, as the monitor tells them."""

from datetime import timedelta

from chassis.testing import NOON
from ombud_contracts.events import sla_monitor


def silence(charge_id: str, **changes: object) -> sla_monitor.ClockBreached:
    """Nobody approved a proposal in time."""
    breach = sla_monitor.ClockBreached(
        clock_id="clk_1",
        case_id="cas_1",
        kind="charge_approval",
        subject=charge_id,
        owner="supervisor",
        round=1,
        due_by=NOON,
        emitted_late=False,
        still_owed=True,
        on_silence="proposal_lapses",
        policy_version="1",
        calendar_version="1",
        trace=(),
    )
    return breach.model_copy(update=changes)


def hold_silence(hold_id: str, **changes: object) -> sla_monitor.ClockBreached:
    """A dispute had no outcome for as long as it may hold a payout back."""
    of_hold = {"kind": "payout_hold", "about": "hold", "owner": "platform", "on_silence": "payout_hold_ends"}
    return silence(hold_id, **{**of_hold, "due_by": NOON + timedelta(days=60), **changes})
