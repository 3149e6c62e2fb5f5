"""Drafts: a text written before its conversation exists. The case is opened with the draft's id, so the first message
is in the thread from the first moment, and its text never leaves messaging."""

from datetime import datetime

from chassis.aggregate import Unit
from chassis.sealing import Sealer, Unreadable, opened, sealed
from chassis.store import Document
from messaging.conversations.domain import Letter
from messaging.policies.known import Policies
from messaging.writing.checks import Circumstances, Examined, Found, examined_aside, findings_aside
from messaging.writing.detectors import SHIPPED, Detectors
from messaging.writing.store import DRAFTS, find_draft
from ombud_contracts.events.ticketing import CaseOpened, ListingCaseOpened, PlatformCaseOpened
from ombud_contracts.market import Market
from ombud_words import WITH_PLATFORM, Audience, DraftId, MessageId, PersonId

Opening = CaseOpened | ListingCaseOpened | PlatformCaseOpened


def own_numbers(case: Opening) -> tuple[str, ...]:
    """Return the numbers that both sides know: of the case, and its order and line, or its listing."""
    if isinstance(case, ListingCaseOpened):
        return (case.number, case.case_id, case.listing_id)
    return tuple(n for n in (case.number, case.case_id, case.order_id, case.line_id) if n is not None)


class Drafts:
    """Keeps drafts, and turns one into the first message of a case."""

    def __init__(self, sealer: Sealer, policies: Policies, detectors: Detectors = SHIPPED) -> None:
        self._sealer = sealer
        self._policies = policies
        self._detectors = detectors

    async def preview(self, text: str, role: str, market: Market, at: datetime) -> Found:
        """Return what the checks say of a text that is not in a conversation."""
        circumstances = Circumstances(
            author_role=role,
            language=market.languages[0],
            market=market,
            rows=self._policies.rows(market.id, at),
            detectors=self._detectors,
        )
        return await findings_aside(text, circumstances)

    def keep(self, draft_id: DraftId, author_id: PersonId, text: str, unit: Unit) -> None:
        """Keep a text under a key of its own, which becomes the conversation's."""
        key = self._sealer.new_key(draft_id, unit)
        unit.insert(DRAFTS, draft_id, {"author_id": author_id, "sealed": sealed(key, text), "written_at": unit.now})

    async def first_message(self, case: Opening, author_id: PersonId, market: Market, unit: Unit) -> Letter | None:
        """Return the checked first message of a case, or None when the author left no such draft."""
        draft = await find_draft(unit, case.draft_id, author_id)
        text = await self._text(case.draft_id, draft) if draft else None
        if text is None:
            self._sealer.new_key(case.case_id, unit)
            return None
        unit.delete(DRAFTS, case.draft_id)
        circumstances = self._opening(case, market)
        return await self._letter(case, author_id, text, circumstances, await examined_aside(text, circumstances))

    def _opening(self, case: Opening, market: Market) -> Circumstances:
        return Circumstances(
            author_role=str(case.opened_by),
            language=market.languages[0],
            market=market,
            audience=WITH_PLATFORM if isinstance(case, PlatformCaseOpened) else Audience.THREAD,
            phase=case.phase,
            references=own_numbers(case),
            rows=self._policies.rows(market.id, case.opened_at),
            detectors=self._detectors,
        )

    async def _letter(
        self, case: Opening, author_id: PersonId, text: str, c: Circumstances, judged: Examined
    ) -> Letter:
        key = await self._sealer.key(case.draft_id)
        return Letter(
            message_id=MessageId(f"msg_{case.draft_id}"),
            author_role=c.author_role,
            author_id=author_id,
            audience=c.audience,
            original=sealed(key, text),
            shown=sealed(key, judged.shown),
            checked=judged.checked,
            submitted_at=case.opened_at,
            first=True,
            spotted=judged.spotted,
            hash_key=c.hash_key.sealed(key),
        )

    async def _text(self, draft_id: DraftId, draft: Document) -> str | None:
        try:
            return opened(await self._sealer.key(draft_id), bytes(draft["sealed"]))
        except Unreadable:
            return None
