"""Data protection as a job: erasures that were ordered, texts whose time is over, and keys that are to be wrapped anew.

One replica at a time does it. Every step can be repeated, so that a killed process loses nothing.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from prometheus_client import Counter, Gauge

from chassis.aggregate import Cause
from chassis.leases import Leases, work_alone
from chassis.mongo import Mongo
from chassis.sealing import Sealer
from chassis.store import Document
from messaging.conversations.domain import EraseTexts
from messaging.conversations.store import CONVERSATIONS
from messaging.protection.domain import Erasure, ReportErasure
from messaging.protection.store import (
    ERASURES,
    PAGE,
    conversations_closed_before,
    conversations_of_buyer,
    erase_author,
    erase_conduct_of,
    erase_conversations,
    forget_unused,
    next_erasure,
)
from ombud_contracts.market import Market
from ombud_words import Role

log = logging.getLogger(__name__)

_EVERY_SECONDS = 1.0
ERASED = Counter("ombud_messaging_erased_conversations_total", "Conversations erased", ["why"])
TO_REWRAP = Gauge("ombud_messaging_keys_to_rewrap", "Whether keys are left that an older sealing key wraps (0 or 1)")
UNREADABLE = Counter("ombud_messaging_unreadable_keys_total", "Keys that no configured sealing key opens")


class Protecting:
    """The job of one replica."""

    def __init__(self, mongo: Mongo, sealer: Sealer, markets: Mapping[str, Market], leases: Leases) -> None:
        self._mongo = mongo
        self._sealer = sealer
        self._markets = markets
        self._leases = leases

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop."""
        await work_alone(self._leases, self.work, stopping, _EVERY_SECONDS)

    async def work(self) -> bool:
        """Do one step of each sort; return whether more may be waiting."""
        now = await self._mongo.server_time()
        erasure = await next_erasure(self._mongo)
        if erasure is not None:
            await self._erase(erasure, now)
        await forget_unused(self._mongo, now)
        return bool(erasure) | await self._end_retention(now) | await self._rewrap()

    async def _erase(self, erasure: Erasure, now: datetime) -> None:
        conversations = messages = 0
        if erasure.role == Role.BUYER:  # answers to a buyer are about the buyer: the whole conversation goes
            after = ""
            while page := await conversations_of_buyer(self._mongo, erasure.person_id, after):
                messages += await self._erase_texts(page, Cause(erasure.id, erasure.id), now)
                conversations += len(page)
                after = page[-1]["_id"]
        written = await erase_author(self._mongo, erasure.role, erasure.person_id)
        session = self._leases.session(now)
        unit = session.unit(Cause(erasure.id, erasure.id))
        report = ReportErasure(conversations, max(messages, written), now)
        await unit.execute(ERASURES, erasure.id, report)
        await session.commit()
        ERASED.labels("person").inc(conversations)

    async def _erase_texts(self, page: Sequence[Document], cause: Cause, now: datetime) -> int:
        """Erase conversations, and let each know it once that is done; return how many messages they had."""
        messages = await erase_conversations(self._mongo, page)
        session = self._leases.session(now)
        await session.preload(CONVERSATIONS, [c["_id"] for c in page])
        for conversation in page:
            await session.unit(cause).execute(CONVERSATIONS, conversation["_id"], EraseTexts(now))
        await session.commit()
        await erase_conduct_of(self._mongo, page)  # what was written before each conversation knew it
        return messages

    async def _end_retention(self, now: datetime) -> bool:
        more = False
        for market in self._markets.values():
            ends = now - timedelta(days=market.retention.messages_days)
            page = await conversations_closed_before(self._mongo, market.id, ends)
            if page:
                await self._erase_texts(page, Cause("retention", "retention"), now)
                ERASED.labels("retention").inc(len(page))
            more |= len(page) == PAGE
        return more

    async def _rewrap(self) -> bool:
        done = await self._sealer.rewrap(PAGE)
        if done.lost:
            UNREADABLE.inc(done.lost)
            log.error("keys that no configured sealing key opens", extra={"count": done.lost})
        TO_REWRAP.set(bool(done.found))
        return done.found == PAGE and done.lost < done.found
