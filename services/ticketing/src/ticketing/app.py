"""Puts ticketing together."""

from functools import partial

from chassis.http import Runtime
from chassis.live import Followed, Lists
from chassis.parts import Parts, Service
from chassis.roles import Role
from ombud_words import AppealRefused
from ticketing.cases import api as cases
from ticketing.cases import store as case_store
from ticketing.cases.domain import Refusal, UnknownCase, UnknownListing, UnknownOrderLine
from ticketing.cases.listing import first_page
from ticketing.cases.store import CASES
from ticketing.consumers import casework
from ticketing.deadlines import store as deadline_store
from ticketing.desk import api as desk
from ticketing.desk.earlier_cases import list_earlier_cases
from ticketing.desk.settings import TicketingSettings
from ticketing.intake import api as intake
from ticketing.notices import api as notices
from ticketing.orders import store as order_store
from ticketing.promises import api as promises
from ticketing.promises import store as promise_store
from ticketing.promises.domain import UnknownPromise
from ticketing.queue import store as queue_store
from ticketing.takeovers import api as takeovers
from ticketing.takeovers import store as takeover_store
from ticketing.takeovers.domain import AboveAuthority, UnknownTakeover
from ticketing.timeline import api as timeline
from ticketing.timeline import store as timeline_store
from ticketing.unfinished import store as unfinished_store

_NOUNS = (intake, cases, desk, timeline, notices, takeovers, promises)
_STORES = (
    case_store,
    takeover_store,
    promise_store,
    order_store,
    timeline_store,
    deadline_store,
    queue_store,
    unfinished_store,
)


def compose(runtime: Runtime) -> Parts:
    """Return ticketing's routes and consumer."""
    assert isinstance(runtime.settings, TicketingSettings)
    markets = runtime.settings.known_markets()
    followed = {
        "cases": Followed(first_page, [queue_store.QUEUE, deadline_store.DEADLINES]),
        "timeline": Followed(timeline.timeline_in_short, [timeline_store.TIMELINE, CASES.collection]),
    }
    lists = Lists(runtime.mongo, runtime.now, runtime.settings, followed)
    return Parts(
        routers=[noun.router for noun in _NOUNS],
        consumers=[casework(markets)],
        provides={"markets": markets, "lists": lists, "display_names": runtime.settings.display_names},
        jobs={Role.API: [lists.run]},
        on_commit=lists.ring,
        prepare=partial(list_earlier_cases, runtime.mongo, runtime.now),
    )


SERVICE = Service(
    name="ticketing",
    title="Ombud ticketing",
    compose=compose,
    refusals={
        Refusal: 409,
        AppealRefused: 409,
        AboveAuthority: 403,
        UnknownCase: 404,
        UnknownTakeover: 404,
        UnknownPromise: 404,
        UnknownOrderLine: 404,
        UnknownListing: 404,
    },
    settings=TicketingSettings,
    indexes={name: indexes for store in _STORES for name, indexes in store.INDEXES.items()},
)
