"""Puts ticketing together."""

from chassis.http import Runtime
from chassis.service import Parts, Service
from ombud_contracts.market import load_markets
from ticketing.api import router_for
from ticketing.consumers import casework
from ticketing.domain.refusals import Refusal, UnknownCase, UnknownOrderLine, UnknownTakeover
from ticketing.store import INDEXES


def compose(runtime: Runtime) -> Parts:
    """Return ticketing's routes and consumer."""
    markets = load_markets(runtime.settings.markets)
    return Parts(routers=[router_for(markets)], consumers=[casework(markets, runtime.mongo)])


SERVICE = Service(
    name="ticketing",
    title="Ombud ticketing",
    compose=compose,
    refusals={Refusal: 409, UnknownCase: 404, UnknownTakeover: 404, UnknownOrderLine: 404},
    indexes=INDEXES,
)
