"""Puts disputes together."""

from functools import partial

from chassis.http import Runtime
from chassis.parts import Parts, Service
from chassis.roles import Role
from chassis.sealing import Sealer
from disputes.appeals import api as appeals_api
from disputes.cases.store import CASE_INDEXES
from disputes.claimants.store import CLAIMANT_INDEXES
from disputes.clauses import api as clauses_api
from disputes.disputes import api as disputes_api
from disputes.disputes.store import DISPUTE_INDEXES
from disputes.evidence import api as evidence_api
from disputes.evidence.checking import EvidenceStore, UnreadableContent
from disputes.evidence.jobs import erase_evidence, seal_evidence
from disputes.evidence.store import EVIDENCE_INDEXES, EVIDENCE_KEYS
from disputes.goodwill import api as goodwill_api
from disputes.goodwill.jobs import watch_goodwill
from disputes.goodwill.store import GOODWILL_INDEXES
from disputes.processes.consumers import mediation
from disputes.processes.decided_returns import following_outcomes
from disputes.refusals import (
    Refusal,
    UnknownDispute,
    UnknownEvidenceRequest,
    UnknownOffer,
    UnknownReturn,
    UnsupportedEvidence,
)
from disputes.returns import api as returns_api
from disputes.returns import photos
from disputes.returns.store import RETURN_INDEXES
from disputes.settings import DisputesSettings
from ombud_files.checking import FileChecks, Limits
from ombud_words import AppealRefused


def compose(runtime: Runtime) -> Parts:
    """Return disputes' routes, consumer and jobs."""
    settings = runtime.settings
    if not isinstance(settings, DisputesSettings):
        settings = DisputesSettings.model_validate(settings.model_dump())
    markets = settings.known_markets()
    sealer = Sealer(runtime.mongo, settings.sealing_keys.get_secret_value(), EVIDENCE_KEYS)
    evidence = EvidenceStore(sealer, _checks(settings), markets)
    return Parts(
        routers=[
            disputes_api.router,
            appeals_api.router,
            evidence_api.router,
            returns_api.router,
            photos.router,
            goodwill_api.router,
            clauses_api.router,
        ],
        consumers=[mediation(markets)],
        jobs={
            Role.JOBS: [
                partial(watch_goodwill, runtime.mongo, runtime.now, markets),
                partial(erase_evidence, runtime.mongo),
                partial(seal_evidence, runtime.mongo, sealer),
            ]
        },
        provides={"markets": markets, "evidence": evidence, "follow_up": following_outcomes(markets)},
    )


def _checks(settings: DisputesSettings) -> FileChecks:
    limits = Limits(
        seconds=settings.evidence_check_seconds,
        memory_bytes=settings.evidence_check_memory_bytes,
        longest_bytes=settings.max_body_bytes,
        at_once=settings.evidence_checks_at_once,
    )
    return FileChecks(limits)


SERVICE = Service(
    name="disputes",
    title="Ombud disputes",
    compose=compose,
    refusals={
        Refusal: 409,
        AppealRefused: 409,
        UnknownDispute: 404,
        UnknownOffer: 404,
        UnknownEvidenceRequest: 404,
        UnsupportedEvidence: 422,
        UnreadableContent: 422,
        UnknownReturn: 404,
    },
    indexes={
        **DISPUTE_INDEXES,
        **CASE_INDEXES,
        **CLAIMANT_INDEXES,
        **EVIDENCE_INDEXES,
        **GOODWILL_INDEXES,
        **RETURN_INDEXES,
    },
    settings=DisputesSettings,
)
