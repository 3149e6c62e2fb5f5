"""Puts messaging together."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from chassis.aggregate import Unit
from chassis.files import Files
from chassis.grid_files import GridFiles
from chassis.http import Runtime
from chassis.ids import new_id
from chassis.leases import Leases
from chassis.parts import Job, Parts, Service
from chassis.roles import Role
from chassis.sealing import Sealer, Unreadable
from messaging.attachments import api as attachments_api
from messaging.attachments.domain import Limits
from messaging.attachments.jobs import Sweeping
from messaging.attachments.keeping import Attachments
from messaging.attachments.links import Links
from messaging.attachments.receiving import Receiving
from messaging.attachments.settings import MessagingSettings
from messaging.attachments.store import ATTACHMENT_INDEXES
from messaging.conduct import api as conduct_api
from messaging.conduct.consumers import on_finding, on_verdict
from messaging.conduct.domain import UnknownComplaint
from messaging.conduct.jobs import SteppingBack
from messaging.conduct.silence import on_clock_of_complaint
from messaging.conduct.store import CONDUCT_INDEXES
from messaging.conduct.texts import Texts
from messaging.conversations import api as conversations_api
from messaging.conversations.domain import Refusal, UnknownConversation, UnknownMessage
from messaging.conversations.store import INDEXES
from messaging.discussions import api as discussions_api
from messaging.discussions.store import DISCUSSION_INDEXES
from messaging.live import api as live_api
from messaging.live.following import Live
from messaging.moderation import api as moderation_api
from messaging.moderation.silence import on_clock_of_message
from messaging.moderation.store import ASSIGNMENT_INDEXES
from messaging.policies import api as policies_api
from messaging.policies.jobs import dry_running
from messaging.policies.known import Policies
from messaging.policies.store import POLICY_INDEXES
from messaging.protection import api as protection_api
from messaging.protection.domain import UnknownErasure
from messaging.protection.jobs import Protecting
from messaging.protection.store import PROTECTION_INDEXES
from messaging.reading import api as reading_api
from messaging.sanctions import api as sanctions_api
from messaging.sanctions.domain import UnknownSanction
from messaging.sanctions.jobs import Enforcing
from messaging.sanctions.store import SANCTION_INDEXES
from messaging.translations import api as translations_api
from messaging.writing import api as writing_api
from messaging.writing.api import UnknownMarket
from messaging.writing.consumers import conversations
from messaging.writing.detectors import SHIPPED, Detectors
from messaging.writing.drafts import Drafts
from messaging.writing.posting import Posting
from messaging.writing.store import WRITING_INDEXES
from ombud_contracts import Received
from ombud_contracts.market import Market
from ombud_files.checking import FileChecks
from ombud_files.checking import Limits as CheckLimits
from ombud_rulebooks.domain import RulebookRefused
from ombud_words import AppealRefused

_ROUTES = (
    writing_api,
    reading_api,
    translations_api,
    attachments_api,
    discussions_api,
    live_api,
    conversations_api,
    protection_api,
    moderation_api,
    sanctions_api,
    conduct_api,
    policies_api,
)


def compose(runtime: Runtime, detectors: Detectors = SHIPPED) -> Parts:
    """Return messaging's routes, consumer and jobs."""
    settings = runtime.settings
    assert isinstance(settings, MessagingSettings)
    markets = settings.known_markets()
    sealer = Sealer(runtime.mongo, settings.sealing_keys.get_secret_value())
    policies = Policies(settings.policy_notice_seconds / 2)
    drafts = Drafts(sealer, policies, detectors)
    files = GridFiles(runtime.mongo, "files")
    attachments = _attachments(runtime, settings, sealer, files)
    live = Live(runtime.mongo, settings, runtime.now)

    async def know_policies() -> None:
        await policies.refresh(runtime.mongo)

    return Parts(
        routers=[module.router for module in _ROUTES],
        provides={
            "markets": markets,
            "sealer": sealer,
            "drafts": drafts,
            "posting": Posting(sealer, markets, attachments, policies, detectors),
            "attachments": attachments,
            "receiving": _receiving(settings),
            "links": Links(_link_key(settings), settings.attachment_link_seconds, runtime.now),
            "live": live,
            "conduct_texts": Texts(sealer),
            "lists": live.lists,
            "assignment_lasts": timedelta(seconds=settings.assignment_seconds),
            "policy_desk": policies_api.desk_of(markets, timedelta(seconds=settings.policy_notice_seconds)),
        },
        longer_bodies={attachments_api.UPLOAD: settings.attachment_bytes},
        consumers=[conversations(markets, drafts, _also_hear)],
        jobs={
            Role.API: [live.run],
            Role.JOBS: [*_jobs(runtime, sealer, markets, policies), Sweeping(runtime.mongo, files).run],
        },
        keeps_knowing=[partial(policies.keep, runtime.mongo)],
        prepare=know_policies,
        on_commit=live.ring,
    )


async def _also_hear(received: Received, unit: Unit) -> None:
    await on_clock_of_message(received, unit)
    await on_clock_of_complaint(received, unit)
    await on_verdict(received, unit)
    await on_finding(received, unit)


def _jobs(runtime: Runtime, sealer: Sealer, markets: Mapping[str, Market], policies: Policies) -> list[Job]:
    mongo = runtime.mongo

    def alone(name: str, prefix: str) -> Leases:
        return Leases(mongo, name, 1, new_id(prefix))

    return [
        Protecting(mongo, sealer, markets, alone("protection", "prt")).run,
        Enforcing(mongo, alone("sanctions", "snct")).run,
        SteppingBack(mongo, alone("conduct", "cndt")).run,
        dry_running(mongo, policies, alone("dry-runs", "dry")).run,
    ]


def _attachments(runtime: Runtime, settings: MessagingSettings, sealer: Sealer, files: Files) -> Attachments:
    checks = FileChecks(
        CheckLimits(
            seconds=settings.attachment_check_seconds,
            memory_bytes=settings.attachment_check_memory_bytes,
            longest_bytes=settings.attachment_bytes,
            at_once=settings.attachment_checks_at_once,
            words=settings.attachment_words,
        )
    )
    limits = Limits(settings.attachments_per_message, settings.attachment_bytes_per_message)
    return Attachments(runtime.mongo, files, sealer, checks, runtime.now, limits, settings.attachments_unsent)


def _receiving(settings: MessagingSettings) -> Receiving:
    return Receiving(settings.attachment_bytes, settings.attachment_uploads_at_once, settings.attachment_upload_seconds)


def _link_key(settings: MessagingSettings) -> str:
    return settings.cursor_key.get_secret_value() or "local"


SERVICE = Service(
    name="messaging",
    title="Ombud messaging",
    compose=compose,
    refusals={
        Refusal: 409,
        AppealRefused: 409,
        RulebookRefused: 409,
        Unreadable: 409,
        UnknownConversation: 404,
        UnknownMessage: 404,
        UnknownErasure: 404,
        UnknownMarket: 404,
        UnknownSanction: 404,
        UnknownComplaint: 404,
    },
    indexes={
        **INDEXES,
        **WRITING_INDEXES,
        **ASSIGNMENT_INDEXES,
        **ATTACHMENT_INDEXES,
        **DISCUSSION_INDEXES,
        **PROTECTION_INDEXES,
        **SANCTION_INDEXES,
        **CONDUCT_INDEXES,
        **POLICY_INDEXES,
    },
    settings=MessagingSettings,
)
