"""Puts messaging together."""

from chassis.http import Runtime
from chassis.ids import new_id
from chassis.leases import Leases
from chassis.service import Parts, Service
from messaging.api import router_for
from messaging.api.writing import UnknownMarket
from messaging.consumers import conversations
from messaging.domain.refusals import Refusal, UnknownConversation, UnknownErasure, UnknownMessage
from messaging.drafts import Drafts
from messaging.posting import Posting
from messaging.protecting import Protecting
from messaging.protection_store import PROTECTION_INDEXES
from messaging.sealing import Sealer, Unreadable
from messaging.settings import MessagingSettings
from messaging.store import INDEXES
from ombud_contracts.market import load_markets


def compose(runtime: Runtime) -> Parts:
    """Return messaging's routes and consumer."""
    assert isinstance(runtime.settings, MessagingSettings)
    markets = load_markets(runtime.settings.markets)
    sealer = Sealer(runtime.mongo, runtime.settings.sealing_keys.get_secret_value())
    drafts = Drafts(runtime.mongo, sealer, runtime.now)
    posting = Posting(runtime.mongo, sealer, markets, runtime.now)
    alone = Leases(runtime.mongo, "protection", 1, new_id("prt"))
    return Parts(
        routers=[router_for(markets, sealer, drafts, posting)],
        consumers=[conversations(markets, drafts)],
        jobs=[Protecting(runtime.mongo, sealer, markets, alone).run],
    )


SERVICE = Service(
    name="messaging",
    title="Ombud messaging",
    compose=compose,
    refusals={
        Refusal: 409,
        Unreadable: 409,
        UnknownConversation: 404,
        UnknownMessage: 404,
        UnknownErasure: 404,
        UnknownMarket: 404,
    },
    indexes={**INDEXES, **PROTECTION_INDEXES},
    settings=MessagingSettings,
)
