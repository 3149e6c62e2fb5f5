"""The clocks of product section 3 as rows of plain data, to be overridden per market: this is a table, not code.

Times are counted in the row's mode; a working day is 86400 seconds of `working_days`.
"""

from sla_monitor.rules.domain.conduct_policies import CONDUCT_ROWS
from sla_monitor.rules.domain.desk_policies import ACCOUNT_ROWS, CONTACT_ROWS, DESK_ROWS
from sla_monitor.rules.domain.dispute_policies import DISPUTE_ROWS, RETURN_ROWS
from sla_monitor.rules.domain.policy_rows import Row
from sla_monitor.rules.domain.seller_policies import SELLER_ROWS


def default_rows(market_calendar: str, desk_calendar: str, effective_from: str) -> list[Row]:
    """The rows of every clock for a market: the seller's on its calendar, the platform's on the desk's (R-22).

    A row whose meaning changed has a later version than 1: what was published once never changes.
    """
    on_market: Row = {"calendar": market_calendar, "mode": "working_days"}
    on_desk: Row = {"calendar": desk_calendar, "mode": "business_hours"}
    rows = [
        *(on_market | row for row in SELLER_ROWS + DISPUTE_ROWS + RETURN_ROWS + CONDUCT_ROWS),
        *(on_desk | row for row in DESK_ROWS + CONTACT_ROWS),
        *(on_market | row for row in ACCOUNT_ROWS),
    ]
    return [{"version": 1, "effective_from": effective_from, "about": "case"} | row for row in rows]
