"""Drafts: a text written before its conversation exists. The case is opened with the draft's id, so the first message
is in the thread from the first moment, and its text never leaves messaging."""

from collections.abc import Callable
from datetime import datetime

from chassis.aggregate import Unit
from chassis.mongo import Mongo
from chassis.sealing import Sealer, Unreadable, opened, sealed
from chassis.store import Document
from messaging.conversations.domain.event import Letter
from messaging.conversations.store import DRAFTS
from messaging.policies.known import Policies
from messaging.writing.checks import Circumstances, Found, examined_aside, findings_aside
from messaging.writing.detectors import SHIPPED, Detectors
from ombud_contracts.events.ticketing import CaseOpened
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Audience


def own_numbers(case: CaseOpened) -> tuple[str, ...]:
    """Return the numbers that both sides know: of the case, its order and its line."""
    return (case.number, case.case_id, case.order_id, case.line_id)


class Drafts:
    """Keeps drafts, and turns one into the first message of a case."""

    def __init__(
        self,
        mongo: Mongo,
        sealer: Sealer,
        now: Callable[[], datetime],
        policies: Policies,
        detectors: Detectors = SHIPPED,
    ) -> None:
        self._mongo = mongo
        self._sealer = sealer
        self._now = now
        self._policies = policies
        self._detectors = detectors

    async def preview(self, text: str, role: str, market: Market) -> Found:
        """Return what the checks say of a text before its case exists."""
        rows = self._policies.rows(market.id, self._now())
        circumstances = Circumstances(role, market.languages[0], market, rows=rows, detectors=self._detectors)
        return await findings_aside(text, circumstances)

    def keep(self, draft_id: str, author_id: str, text: str, unit: Unit) -> None:
        """Keep a text under a key of its own, which becomes the conversation's."""
        key = self._sealer.new_key(draft_id, unit)
        document = {"author_id": author_id, "sealed": sealed(key, text), "written_at": self._now()}
        unit.insert(DRAFTS, draft_id, document)

    async def first_message(self, case: CaseOpened, author_id: str, market: Market, unit: Unit) -> Letter | None:
        """Return the checked first message of a case, or None when the author left no such draft."""
        draft = await self._mongo.find_one(DRAFTS, {"_id": case.draft_id, "author_id": author_id})
        text = await self._text(case.draft_id, draft) if draft else None
        if text is None:
            self._sealer.new_key(case.case_id, unit)
            return None
        key = await self._sealer.key(case.draft_id)
        circumstances = Circumstances(
            str(case.opened_by),
            market.languages[0],
            market,
            phase=case.phase,
            references=own_numbers(case),
            rows=self._policies.rows(market.id, case.opened_at),
            detectors=self._detectors,
        )
        judged = await examined_aside(text, circumstances)
        unit.delete(DRAFTS, case.draft_id)
        return Letter(
            message_id=f"msg_{case.draft_id}",
            author_role=str(case.opened_by),
            author_id=author_id,
            audience=Audience.THREAD,
            original=sealed(key, text),
            shown=sealed(key, judged.shown),
            checked=judged.checked,
            submitted_at=case.opened_at,
            first=True,
            spotted=judged.spotted,
            hash_key=circumstances.hash_key.sealed(key),
        )

    async def _text(self, draft_id: str, draft: Document) -> str | None:
        try:
            return opened(await self._sealer.key(draft_id), bytes(draft["sealed"]))
        except Unreadable:
            return None
