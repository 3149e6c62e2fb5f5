"""Prepares a message for its conversation: what the checks need, the sealing, and what its author is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet
from pydantic import TypeAdapter

from chassis.aggregate import Unit
from chassis.auth import Actor
from chassis.mongo import Mongo
from chassis.sealing import Sealer, opened, sealed
from chassis.store import Document
from messaging.attachments.keeping import Attachments
from messaging.attachments.store import Uploader
from messaging.conversations.domain.asked import Asked
from messaging.conversations.domain.conversation import Conversation, not_qualifying
from messaging.conversations.domain.event import Letter
from messaging.conversations.store import REPLIES, recent_replies, recent_thread
from messaging.conversations.views import FindingView, PostedView
from messaging.policies.known import Policies
from messaging.sanctions.domain.sanction import Sanction
from messaging.sanctions.views import standing_view
from messaging.writing.checks import DETECTOR_FAILED, AskedIn, Circumstances, Found, advice, examined_aside
from messaging.writing.detectors import SHIPPED, Detectors
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Audience, Role
from ombud_detection import Part, ReplyTrace, SellerReply, ThreadMessage, may_be_a_piece, trace_of

_WINDOW = 8
"""How many messages before this one are looked at for data split over messages."""
_HISTORY = 50
"""How many earlier replies of a seller a new one is compared with."""


class Posting:
    """Turns a text into a sealed and checked letter."""

    def __init__(
        self,
        mongo: Mongo,
        sealer: Sealer,
        markets: Mapping[str, Market],
        now: Callable[[], datetime],
        attachments: Attachments,
        policies: Policies,
        detectors: Detectors = SHIPPED,
    ) -> None:
        self._mongo = mongo
        self._sealer = sealer
        self._markets = markets
        self._now = now
        self._attachments = attachments
        self._policies = policies
        self._detectors = detectors

    async def letter(
        self,
        message_id: str,
        text: str,
        audience: str,
        requests_information: bool,
        actor: Actor,
        conversation: Conversation,
        attachment_ids: Sequence[str] = (),
    ) -> tuple[Letter, Found, ReplyTrace | None]:
        """Return the sealed and checked letter, what was found, and what to remember of a seller's reply."""
        at = self._now()
        uploader = Uploader(actor.role, actor.id, conversation.case_id)
        files, parts = await self._attachments.to_send(attachment_ids, uploader, conversation)
        circumstances = await self._circumstances(text, audience, actor, conversation, at, parts)
        circumstances = replace(
            circumstances,
            attachments=files,
            parts=parts,
            phase=conversation.phase,
            references=conversation.references,
            rows=self._policies.rows(conversation.market, at),
            detectors=self._detectors,
        )
        judged = await examined_aside(text, circumstances)
        key = await self._sealer.key(conversation.key_id)
        original = sealed(key, text)
        letter = Letter(
            message_id=message_id,
            author_role=actor.role,
            author_id=actor.id,
            audience=audience,
            original=original,
            shown=original if judged.shown == text else sealed(key, judged.shown),
            checked=judged.checked,
            submitted_at=at,
            requests_information=requests_information,
            spotted=judged.spotted,
            hash_key=circumstances.hash_key.sealed(key),
        )
        reply = circumstances.reply
        return letter, judged.found, trace_of(reply, language=conversation.language) if reply else None

    async def _circumstances(
        self,
        text: str,
        audience: str,
        actor: Actor,
        conversation: Conversation,
        at: datetime,
        parts: Sequence[Part],
    ) -> Circumstances:
        market = self._markets[conversation.market]
        if audience != Audience.THREAD:
            return Circumstances(actor.role, conversation.language, market, audience)
        if actor.role != Role.SELLER and not any(may_be_a_piece(t) for t in (text, *(p.words for p in parts))):
            return Circumstances(actor.role, conversation.language, market)  # it completes nothing begun before
        recent = await recent_thread(self._mongo, conversation.case_id, _WINDOW)
        thread = await self._thread(recent, conversation)
        window = await self._window(recent, thread, conversation)
        if actor.role != Role.SELLER or not text:
            return Circumstances(actor.role, conversation.language, market, window=window)
        asked = next((body for _, role, body in reversed(thread) if role == Role.BUYER), "")
        asked_at = conversation.last_buyer_message_at or at
        reply = SellerReply(
            buyer=conversation.buyer_id,
            asked=asked,
            text=text,
            latency_seconds=(at - asked_at).total_seconds(),
            hour=at.astimezone(ZoneInfo(market.time_zone)).hour,
        )
        history = await self._history(conversation.seller_id)
        return Circumstances(
            actor.role,
            conversation.language,
            market,
            window=window,
            reply=reply,
            history=history[::-1],
            asked=_asked_in(thread, conversation),
        )

    async def _history(self, seller_id: str) -> list[ReplyTrace]:
        """What is remembered of a seller's recent replies, newest first, as far as it was not erased."""
        rows = await recent_replies(self._mongo, seller_id, _HISTORY)
        keys = await self._sealer.keys({row["key_id"] for row in rows})
        return [_opened_trace(row, keys[row["key_id"]]) for row in rows if row["key_id"] in keys]

    async def _window(
        self, recent: Sequence[Document], thread: Sequence[tuple[str, str, str]], conversation: Conversation
    ) -> tuple[ThreadMessage, ...]:
        """What was said, in texts and in the names of files: data can be split over both."""
        carried = {m["_id"]: [a["id"] for a in m.get("attachments", ())] for m in recent}
        names = await self._attachments.said_by_names([id for ids in carried.values() for id in ids], conversation)
        said = ((role, (*(names.get(a, "") for a in carried[id]), body)) for id, role, body in thread)
        return tuple(ThreadMessage(role, words) for role, texts in said for words in texts if words)

    async def _thread(self, recent: Sequence[Document], conversation: Conversation) -> list[tuple[str, str, str]]:
        """The newest messages, as far as they were not erased: id, author's role and text."""
        key = await self._sealer.key(conversation.key_id)
        return [(m["_id"], m["author_role"], opened(key, bytes(m["original"]))) for m in recent if m["original"]]

    async def remember(self, letter: Letter, trace: ReplyTrace | None, conversation: Conversation, unit: Unit) -> None:
        """Keep what later replies of the seller are compared with: fingerprints, sealed with the words' own key."""
        if trace is None:
            return
        key = await self._sealer.key(conversation.key_id)
        document = {
            "seller_id": conversation.seller_id,
            "case_id": conversation.case_id,
            "key_id": conversation.key_id,
            "at": letter.submitted_at,
            "trace": key.encrypt(_TRACE.dump_json(trace)),
        }
        unit.insert(REPLIES, letter.message_id, document)

    def posted(self, letter: Letter, state: Conversation, found: Found, sanction: Sanction | None) -> PostedView:
        """Return what the author is told at once."""
        known = state.message(letter.message_id)
        assert known is not None, "a posted message is remembered"
        undelivered = known.status != "DELIVERED"
        because = _shown_reasons(letter, known.status)
        return PostedView(
            message_id=letter.message_id,
            position=state.positions,
            status=known.status,
            qualifies=not because,
            not_qualifying_because=because,
            findings=_finding_views(found),
            advice=advice(found),
            appeal=f"/messages/{letter.message_id}/appeal" if undelivered else None,
            held_because=_held_because(letter) if known.status == "HELD" else [],
            standing=standing_view(sanction, letter.submitted_at) if sanction else None,
        )


def _asked_in(thread: Sequence[tuple[str, str, str]], conversation: Conversation) -> tuple[AskedIn, ...]:
    """Return the open questions of the newest messages, message by message."""
    open_questions: dict[str, list[Asked]] = {}
    for one in conversation.asked:
        if one.answered_by is None:
            open_questions.setdefault(one.message_id, []).append(one)
    return tuple(AskedIn(body, tuple(open_questions[id])) for id, _, body in thread if id in open_questions)


def _held_because(letter: Letter) -> list[str]:
    """Return why a message waits, as codes: the sanction, a detector that broke, or kinds of findings."""
    why = [letter.held_because] if letter.held_because else []
    broke = [DETECTOR_FAILED] if DETECTOR_FAILED in letter.checked.rules else []
    return [*why, *broke, *letter.checked.findings]


def _finding_views(found: Found) -> list[FindingView]:
    in_text = [FindingView(kind=f.kind, start=f.start, end=f.end) for f in found.findings]
    return in_text + [
        FindingView(kind=f.kind, start=f.start, end=f.end, place=part.place, attachment_id=part.attachment_id)
        for part, f in found.in_parts
    ]


def _shown_reasons(letter: Letter, status: str) -> list[str]:
    """Return why a message does not satisfy a reply obligation, as it is shown to its author."""
    if status != "DELIVERED":
        return ["blocked" if status == "BLOCKED" else "pending_check"]
    return list(not_qualifying(letter.author_role, letter.audience, letter.checked))


_TRACE = TypeAdapter(ReplyTrace)


def _opened_trace(row: Document, key: Fernet) -> ReplyTrace:
    return _TRACE.validate_json(opened(key, bytes(row["trace"])))
