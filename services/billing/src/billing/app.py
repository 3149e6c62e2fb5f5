"""Puts billing together."""

from functools import partial

from billing.cases.store import CASE_INDEXES, KNOWN_CASES
from billing.charges import api as charges_api
from billing.charges import appeals as appeals_api
from billing.charges.store import CHARGE_INDEXES, CHARGES
from billing.decisions.store import DECISION_INDEXES
from billing.earlier_entries import list_earlier_entries
from billing.ledger import api as ledger_api
from billing.ledger.jobs import watch_ledger
from billing.ledger.store import LEDGER_INDEXES
from billing.lines import api as lines_api
from billing.lines.store import LINE_INDEXES
from billing.payouts.store import HOLDS, PAYOUT_INDEXES
from billing.processes import api as processes_api
from billing.processes.consumers import charges
from billing.refunds import api as refunds_api
from billing.refunds.store import REFUND_INDEXES, REFUNDS
from billing.refusals import Refusal, UnknownCharge, UnknownDecision, UnknownRefund
from billing.statements import api as statements_api
from billing.statements.store import SELLER_INDEXES
from billing.statements.views import StatementTooLong
from billing.tariffs import api as tariffs_api
from chassis.http import Runtime
from chassis.live import Followed, Lists
from chassis.parts import Parts, Service
from chassis.roles import Role
from ombud_words import AppealRefused


def compose(runtime: Runtime) -> Parts:
    """Return billing's routes, consumer and job."""
    markets = runtime.settings.known_markets()
    followed = {
        "money": Followed(
            statements_api.money_in_short,
            [CHARGES.collection, REFUNDS.collection, HOLDS.collection, KNOWN_CASES.collection],
        )
    }
    lists = Lists(runtime.mongo, runtime.now, runtime.settings, followed)
    return Parts(
        routers=[
            charges_api.router,
            appeals_api.router,
            refunds_api.router,
            ledger_api.router,
            lines_api.router,
            statements_api.router,
            processes_api.router,
            tariffs_api.router,
        ],
        consumers=[charges(markets)],
        jobs={Role.API: [lists.run], Role.JOBS: [partial(watch_ledger, runtime.mongo)]},
        on_commit=lists.ring,
        provides={"markets": markets, "lists": lists},
        prepare=partial(list_earlier_entries, runtime.mongo),
    )


SERVICE = Service(
    name="billing",
    title="Ombud billing",
    compose=compose,
    refusals={
        Refusal: 409,
        AppealRefused: 409,
        UnknownCharge: 404,
        UnknownRefund: 404,
        UnknownDecision: 404,
        StatementTooLong: 409,
    },
    indexes={
        **CHARGE_INDEXES,
        **REFUND_INDEXES,
        **LINE_INDEXES,
        **LEDGER_INDEXES,
        **DECISION_INDEXES,
        **CASE_INDEXES,
        **SELLER_INDEXES,
        **PAYOUT_INDEXES,
    },
)
