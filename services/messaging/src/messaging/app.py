"""Puts messaging together."""

from datetime import timedelta
from functools import partial

from chassis.files import Files
from chassis.grid_files import GridFiles
from chassis.http import Runtime
from chassis.ids import new_id
from chassis.leases import Leases
from chassis.sealing import Sealer, Unreadable
from chassis.service import Parts, Service
from messaging.attachments import api as attachment_routes
from messaging.attachments.api import UPLOAD
from messaging.attachments.domain import Limits
from messaging.attachments.jobs import Sweeping
from messaging.attachments.keeping import Attachments
from messaging.attachments.links import Links
from messaging.attachments.receiving import Receiving
from messaging.attachments.store import ATTACHMENT_INDEXES
from messaging.conversations import api as waivers
from messaging.conversations import api_locks as locks
from messaging.conversations.domain.refusals import (
    Refusal,
    UnknownConversation,
    UnknownErasure,
    UnknownMessage,
    UnknownSanction,
)
from messaging.conversations.store import INDEXES
from messaging.discussions import api as discussions
from messaging.discussions.store import DISCUSSION_INDEXES
from messaging.live import api as live_routes
from messaging.live.api import Live
from messaging.moderation import api as moderation
from messaging.policies import api as policy_routes
from messaging.policies.jobs import dry_running
from messaging.policies.known import Policies
from messaging.policies.store import POLICY_INDEXES
from messaging.protection import api as protection
from messaging.protection.jobs import Protecting
from messaging.protection.store import PROTECTION_INDEXES
from messaging.reading import api as reading
from messaging.sanctions import api as sanctions
from messaging.sanctions.jobs import Enforcing
from messaging.sanctions.store import SANCTION_INDEXES
from messaging.settings import MessagingSettings
from messaging.translations import api as translating
from messaging.writing import api as writing
from messaging.writing.api import UnknownMarket
from messaging.writing.consumers import conversations
from messaging.writing.detectors import SHIPPED, Detectors
from messaging.writing.drafts import Drafts
from messaging.writing.posting import Posting
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
            writing.router_for(markets, drafts, posting),
            reading.router_for(sealer),
            translating.router_for(sealer, drafts, markets),
            attachment_routes.router_for(
                attachments,
                _receiving(runtime.settings),
                Links(_link_key(runtime.settings), runtime.settings.attachment_link_seconds, runtime.now),
            ),
            discussions.router_for(),
            live_routes.router_for(live),
            waivers.router_for(),
            locks.router_for(),
            protection.router_for(sealer),
            moderation.router_for(sealer, markets, runtime.settings.assignment_seconds),
            sanctions.router_for(markets),
            policy_routes.router_for(markets, timedelta(seconds=notice_seconds)),
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
