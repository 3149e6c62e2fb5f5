"""Puts disputes together."""

from functools import partial

from chassis.http import Runtime
from chassis.service import Parts, Service
from disputes.api import Routes, UnreadableContent
from disputes.consumers import mediation
from disputes.domain.refusals import Refusal, UnknownDispute, UnknownOffer, UnsupportedEvidence
from disputes.jobs import erase_evidence, pass_time
from disputes.store import INDEXES
from ombud_contracts.market import load_markets


def compose(runtime: Runtime) -> Parts:
    """Return disputes' routes, consumer and job."""
    routes = Routes(load_markets(runtime.settings.markets))
    return Parts(
        routers=[routes.router()],
        consumers=[mediation(runtime.mongo)],
        jobs=[partial(pass_time, runtime.mongo, runtime.now), partial(erase_evidence, runtime.mongo)],
    )


SERVICE = Service(
    name="disputes",
    title="Ombud disputes",
    compose=compose,
    refusals={
        Refusal: 409,
        UnknownDispute: 404,
        UnknownOffer: 404,
        UnsupportedEvidence: 422,
        UnreadableContent: 422,
    },
    indexes=INDEXES,
)
