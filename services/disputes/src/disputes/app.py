"""Puts disputes together."""

from functools import partial

from chassis.http import Runtime
from chassis.sealing import Sealer
from chassis.service import Parts, Service
from disputes.api import Routes, UnreadableContent
from disputes.consumers import mediation
from disputes.domain.refusals import Refusal, UnknownDispute, UnknownOffer, UnsupportedEvidence
from disputes.evidence import EvidenceStore
from disputes.jobs import erase_evidence, pass_time, seal_evidence
from disputes.settings import DisputesSettings
from disputes.store import EVIDENCE_KEYS, INDEXES
from ombud_contracts.market import load_markets
from ombud_files.checking import FileChecks, Limits


def compose(runtime: Runtime) -> Parts:
    """Return disputes' routes, consumer and jobs."""
    settings = runtime.settings
    if not isinstance(settings, DisputesSettings):
        settings = DisputesSettings.model_validate(settings.model_dump())
    markets = load_markets(settings.markets)
    sealer = Sealer(runtime.mongo, settings.sealing_keys.get_secret_value(), EVIDENCE_KEYS)
    evidence = EvidenceStore(runtime.mongo, sealer, _checks(settings), markets)
    return Parts(
        routers=[Routes(markets, evidence).router()],
        consumers=[mediation(runtime.mongo)],
        jobs=[
            partial(pass_time, runtime.mongo, runtime.now),
            partial(erase_evidence, runtime.mongo),
            partial(seal_evidence, runtime.mongo, sealer),
        ],
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
        UnknownDispute: 404,
        UnknownOffer: 404,
        UnsupportedEvidence: 422,
        UnreadableContent: 422,
    },
    indexes=INDEXES,
    settings=DisputesSettings,
)
