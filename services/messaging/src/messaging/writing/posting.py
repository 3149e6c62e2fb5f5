"""Prepares a message for its conversation: what the checks need, the sealing, and what its author is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from chassis.aggregate import Unit
from chassis.auth import Actor
from chassis.sealing import Sealer, opened, sealed
from chassis.store import Document
from messaging.attachments.keeping import Attachments
from messaging.attachments.store import Uploader, mark_sent
from messaging.conversations.domain import Asked, Conversation, Letter
from messaging.conversations.store import recent_thread
from messaging.policies.known import Policies
from messaging.sanctions.domain import Sanction
from messaging.sanctions.sanctioning import note_posted, under_sanction
from messaging.writing.checks import AskedIn, Circumstances, Examined, Found, examined_aside
from messaging.writing.detectors import SHIPPED, Detectors
from messaging.writing.earlier_replies import EarlierReplies
from ombud_contracts.market import Market
from ombud_detection import Part, ReplyTrace, SellerReply, ThreadMessage, may_be_a_piece, trace_of
from ombud_words import AttachmentId, Audience, BuyerId, MessageId, Role

_WINDOW = 8
"""How many messages before this one are looked at for data split over messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What somebody wants to post."""

    message_id: MessageId
    text: str
    audience: str = Audience.THREAD
    requests_information: bool = False
    attachments: Sequence[AttachmentId] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A sealed and checked letter, what was found in it, and what to remember of a seller's reply."""

    letter: Letter
    found: Found
    trace: ReplyTrace | None


@dataclass(frozen=True, slots=True)
class _Said:
    """A message of the thread, opened."""

    id: MessageId
    role: str
    body: str


class Posting:
    """Turns a text into a sealed and checked letter."""

    def __init__(
        self,
        sealer: Sealer,
        markets: Mapping[str, Market],
        attachments: Attachments,
        policies: Policies,
        detectors: Detectors = SHIPPED,
    ) -> None:
        self._sealer = sealer
        self._earlier = EarlierReplies(sealer)
        self._markets = markets
        self._attachments = attachments
        self._policies = policies
        self._detectors = detectors

    async def prepared(self, written: Written, actor: Actor, conversation: Conversation, unit: Unit) -> Prepared:
        """Return the letter as it is sent by its author now. Raises refusals about its attachments, and Unreadable."""
        uploader = Uploader(actor.role, actor.id, conversation.case_id)
        files, parts = await self._attachments.to_send(written.attachments, uploader, conversation, unit)
        circumstances = await self._circumstances(written, actor, conversation, parts, unit)
        circumstances = replace(circumstances, attachments=files, parts=parts)
        judged = await examined_aside(written.text, circumstances)
        letter = await self._letter(written, actor, conversation, circumstances, judged, unit)
        reply = circumstances.reply
        trace = trace_of(reply, language=conversation.language) if reply else None
        return Prepared(await under_sanction(letter, conversation.market, unit), judged.found, trace)

    async def noted(self, prepared: Prepared, conversation: Conversation, unit: Unit) -> Sanction | None:
        """Keep what follows from a posted letter beside its conversation; return where its author stands then."""
        letter = prepared.letter
        mark_sent(letter, unit)
        if prepared.trace is not None:
            await self._earlier.remember(letter.message_id, prepared.trace, conversation, letter.submitted_at, unit)
        return await note_posted(letter, conversation.case_id, conversation.market, letter.submitted_at, unit)

    async def _letter(
        self,
        written: Written,
        actor: Actor,
        conversation: Conversation,
        circumstances: Circumstances,
        judged: Examined,
        unit: Unit,
    ) -> Letter:
        key = await self._sealer.key(conversation.key_id)
        original = sealed(key, written.text)
        return Letter(
            message_id=written.message_id,
            author_role=actor.role,
            author_id=actor.id,
            audience=written.audience,
            original=original,
            shown=original if judged.shown == written.text else sealed(key, judged.shown),
            checked=judged.checked,
            submitted_at=unit.now,
            requests_information=written.requests_information,
            spotted=judged.spotted,
            hash_key=circumstances.hash_key.sealed(key),
        )

    async def _circumstances(
        self, written: Written, actor: Actor, conversation: Conversation, parts: Sequence[Part], unit: Unit
    ) -> Circumstances:
        known = Circumstances(
            author_role=actor.role,
            language=conversation.language,
            market=self._markets[conversation.market],
            audience=written.audience,
            phase=conversation.phase,
            references=conversation.references,
            rows=self._policies.rows(conversation.market, unit.now),
            detectors=self._detectors,
        )
        if written.audience != Audience.THREAD:
            return known
        if actor.role != Role.SELLER and not any(may_be_a_piece(t) for t in (written.text, *(p.words for p in parts))):
            return known  # it completes nothing begun before
        recent = await recent_thread(unit, conversation.case_id, _WINDOW)
        thread = await self._thread(recent, conversation)
        known = replace(known, window=await self._window(recent, thread, conversation, unit))
        buyer_id, seller_id = conversation.buyer_id, conversation.seller_id
        if actor.role != Role.SELLER or not written.text or buyer_id is None or seller_id is None:
            return known
        replying = self._replying(known, written.text, buyer_id, thread, conversation, unit)
        return replace(replying, history=await self._earlier.of(seller_id, unit))

    def _replying(
        self,
        known: Circumstances,
        text: str,
        buyer_id: BuyerId,
        thread: Sequence[_Said],
        conversation: Conversation,
        unit: Unit,
    ) -> Circumstances:
        asked_at = conversation.last_buyer_message_at or unit.now
        reply = SellerReply(
            buyer=buyer_id,
            asked=next((said.body for said in reversed(thread) if said.role == Role.BUYER), ""),
            text=text,
            latency_seconds=(unit.now - asked_at).total_seconds(),
            hour=unit.now.astimezone(ZoneInfo(known.market.time_zone)).hour,
        )
        return replace(known, reply=reply, asked=_asked_in(thread, conversation))

    async def _window(
        self, recent: Sequence[Document], thread: Sequence[_Said], conversation: Conversation, unit: Unit
    ) -> tuple[ThreadMessage, ...]:
        """What was said, in texts and in the names of files: data can be split over both."""
        carried = {m["_id"]: [a["id"] for a in m.get("attachments", ())] for m in recent}
        every = [id for ids in carried.values() for id in ids]
        names = await self._attachments.said_by_names(every, conversation, unit)
        said = ((m.role, (*(names.get(a, "") for a in carried[m.id]), m.body)) for m in thread)
        return tuple(ThreadMessage(role, words) for role, texts in said for words in texts if words)

    async def _thread(self, recent: Sequence[Document], conversation: Conversation) -> list[_Said]:
        """The newest messages, as far as they were not erased."""
        key = await self._sealer.key(conversation.key_id)
        return [_Said(m["_id"], m["author_role"], opened(key, bytes(m["original"]))) for m in recent if m["original"]]


def _asked_in(thread: Sequence[_Said], conversation: Conversation) -> tuple[AskedIn, ...]:
    """Return the open questions of the newest messages, message by message."""
    open_questions: dict[MessageId, list[Asked]] = {}
    for one in conversation.asked:
        if one.answered_by is None:
            open_questions.setdefault(one.message_id, []).append(one)
    return tuple(AskedIn(m.body, tuple(open_questions[m.id])) for m in thread if m.id in open_questions)
