"""Routes of messaging, one module per noun: a request becomes a command, its effect a view."""

from collections.abc import Mapping
from datetime import timedelta

from fastapi import APIRouter

from chassis.sealing import Sealer
from messaging.api import attachments as attachment_routes
from messaging.api import (
    discussions,
    live,
    locks,
    moderation,
    policies,
    protection,
    reading,
    sanctions,
    translating,
    waivers,
    writing,
)
from messaging.attachments.keeping import Attachments
from messaging.attachments.links import Links
from messaging.attachments.receiving import Receiving
from messaging.drafts import Drafts
from messaging.posting import Posting
from messaging.settings import MessagingSettings
from ombud_contracts.market import Market


def router_for(
    markets: Mapping[str, Market],
    sealer: Sealer,
    drafts: Drafts,
    posting: Posting,
    attachments: Attachments,
    receiving: Receiving,
    links: Links,
    updates: live.Live,
) -> APIRouter:
    """Return all of messaging's routes."""
    router = APIRouter(tags=["messaging"])
    router.include_router(writing.router_for(markets, drafts, posting))
    router.include_router(reading.router_for(sealer))
    router.include_router(translating.router_for(sealer, drafts, markets))
    router.include_router(attachment_routes.router_for(attachments, receiving, links))
    router.include_router(discussions.router_for())
    router.include_router(live.router_for(updates))
    router.include_router(waivers.router_for())
    router.include_router(locks.router_for())
    router.include_router(protection.router_for(sealer))
    return router


def enforcement_router_for(markets: Mapping[str, Market], sealer: Sealer, settings: MessagingSettings) -> APIRouter:
    """Return the routes of those who enforce the rules: moderation, sanctions and policies."""
    router = APIRouter(tags=["enforcement"])
    router.include_router(moderation.router_for(sealer, markets, settings.assignment_seconds))
    router.include_router(sanctions.router_for(markets))
    router.include_router(policies.router_for(markets, timedelta(seconds=settings.policy_notice_seconds)))
    return router
