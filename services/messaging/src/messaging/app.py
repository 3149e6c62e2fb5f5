"""Puts messaging together."""

from functools import partial

from chassis.files import Files
from chassis.grid_files import GridFiles
from chassis.http import Runtime
from chassis.ids import new_id
from chassis.leases import Leases
from chassis.sealing import Sealer, Unreadable
from chassis.service import Parts, Service
from messaging.api import enforcement_router_for, router_for
from messaging.api.attachments import UPLOAD
from messaging.api.live import Live
from messaging.api.writing import UnknownMarket
from messaging.attachments.keeping import Attachments
from messaging.attachments.links import Links
from messaging.attachments.receiving import Receiving
from messaging.attachments.rows import ATTACHMENT_INDEXES
from messaging.attachments.sweeping import Sweeping
from messaging.consumers import conversations
from messaging.detectors import SHIPPED, Detectors
from messaging.discussion_store import DISCUSSION_INDEXES
from messaging.domain.attachment import Limits
from messaging.domain.refusals import (
    Refusal,
    UnknownConversation,
    UnknownErasure,
    UnknownMessage,
    UnknownSanction,
)
from messaging.drafts import Drafts
from messaging.dry_running import dry_running
from messaging.enforcing import Enforcing
from messaging.policies import Policies
from messaging.policy_store import POLICY_INDEXES
from messaging.posting import Posting
from messaging.protecting import Protecting
from messaging.protection_store import PROTECTION_INDEXES
from messaging.sanction_store import SANCTION_INDEXES
from messaging.settings import MessagingSettings
from messaging.store import INDEXES
from ombud_contracts.market import load_markets
from ombud_files.checking import FileChecks
from ombud_files.checking import Limits as CheckLimits
from ombud_rulebooks.domain import RulebookRefused


def compose(runtime: Runtime, detectors: Detectors = SHIPPED) -> Parts:
    """Return messaging's routes and consumer."""
    assert isinstance(runtime.settings, MessagingSettings)
    markets = load_markets(runtime.settings.markets)
    sealer = Sealer(runtime.mongo, runtime.settings.sealing_keys.get_secret_value())
    notice_seconds = runtime.settings.policy_notice_seconds
    policies = Policies(notice_seconds / 2)
    drafts = Drafts(runtime.mongo, sealer, runtime.now, policies, detectors)
    files = GridFiles(runtime.mongo, "files")
    attachments = _attachments(runtime, runtime.settings, sealer, files)
    posting = Posting(runtime.mongo, sealer, markets, runtime.now, attachments, policies, detectors)
    live = Live(runtime.mongo, runtime.settings)
    alone = Leases(runtime.mongo, "protection", 1, new_id("prt"))

    async def know_policies() -> None:
        await policies.refresh(runtime.mongo)

    return Parts(
        routers=[
            router_for(
                markets,
                sealer,
                drafts,
                posting,
                attachments,
                _receiving(runtime.settings),
                Links(_link_key(runtime.settings), runtime.settings.attachment_link_seconds, runtime.now),
                live,
            ),
            enforcement_router_for(markets, sealer, runtime.settings),
        ],
        longer_bodies={UPLOAD: runtime.settings.attachment_bytes},
        consumers=[conversations(markets, drafts)],
        jobs=[
            Protecting(runtime.mongo, sealer, markets, alone).run,
            Sweeping(runtime.mongo, files).run,
            live.run,
            partial(policies.keep, runtime.mongo),
            Enforcing(runtime.mongo, Leases(runtime.mongo, "sanctions", 1, new_id("snct"))).run,
            dry_running(runtime.mongo, policies, Leases(runtime.mongo, "dry-runs", 1, new_id("dry"))).run,
        ],
        prepare=know_policies,
        on_commit=live.ring,
    )


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
        RulebookRefused: 409,
        Unreadable: 409,
        UnknownConversation: 404,
        UnknownMessage: 404,
        UnknownErasure: 404,
        UnknownMarket: 404,
        UnknownSanction: 404,
    },
    indexes={
        **INDEXES,
        **ATTACHMENT_INDEXES,
        **DISCUSSION_INDEXES,
        **PROTECTION_INDEXES,
        **SANCTION_INDEXES,
        **POLICY_INDEXES,
    },
    settings=MessagingSettings,
)
