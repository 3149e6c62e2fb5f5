"""Puts billing together."""

from functools import partial

from billing.api import router_for
from billing.consumers import charges
from billing.domain.refusals import Refusal, UnknownCharge, UnknownDecision
from billing.jobs import watch_ledger
from billing.statement import StatementTooLong
from billing.store import INDEXES
from chassis.http import Runtime
from chassis.service import Parts, Service
from ombud_contracts.market import load_markets


def compose(runtime: Runtime) -> Parts:
    """Return billing's routes, consumer and job."""
    markets = load_markets(runtime.settings.markets)
    return Parts(
        routers=[router_for(markets)],
        consumers=[charges(markets, runtime.mongo)],
        jobs=[partial(watch_ledger, runtime.mongo)],
    )


SERVICE = Service(
    name="billing",
    title="Ombud billing",
    compose=compose,
    refusals={Refusal: 409, UnknownCharge: 404, UnknownDecision: 404, StatementTooLong: 409},
    indexes=INDEXES,
)
