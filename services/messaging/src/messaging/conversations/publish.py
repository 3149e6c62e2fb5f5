"""Domain events as contract events: reference, hash and classification, never a text."""

from datetime import datetime
from typing import assert_never

from messaging.conversations.domain import event as said
from messaging.conversations.domain.recent_messages import known_as
from messaging.conversations.domain.state import Conversation
from messaging.conversations.domain.translation import Translation, TranslationAdded
from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import messaging as contract
from ombud_words import CaseId, Counterpart

APPEAL = "appeal"
"""Why a message waits whose author appealed."""


def publish(event: said.Event, state: Conversation) -> ContractEvent | None:
    """Return what others hear of a conversation."""
    case_id = state.case_id
    match event:
        case said.ConversationOpened(counterpart=Counterpart.SELLER) | said.ConversationMoved(first=True):
            return _shared(state, event.at)
        case said.ConversationOpened() | said.ConversationMoved():
            return None  # the case tells of it
        case said.MessageDelivered(letter=letter, qualifies=qualifies, not_qualifying_because=because, at=at):
            return _delivered(case_id, known_as(letter, "DELIVERED"), qualifies, because, at)
        case said.MessageReleased(message=message, qualifies=qualifies, not_qualifying_because=because, at=at):
            return _delivered(case_id, message, qualifies, because, at)
        case said.MessageBlocked(letter, _, at):
            return _blocked(case_id, known_as(letter, "BLOCKED"), at)
        case said.MessageHeld(letter, _, _):
            return _held(case_id, known_as(letter, "HELD"), (letter.held_because,) if letter.held_because else ())
        case said.MessageAppealed(message, _):
            return _held(case_id, message, (APPEAL,))
        case said.MessageRejected(message, reasons, at):
            return contract.MessageRejected(
                case_id=case_id,
                message_id=message.id,
                author_role=message.author_role,
                reasons=reasons,
                rejected_at=at,
            )
        case said.PartyLocked():
            return contract.ConversationLocked(
                case_id=case_id,
                party=event.party,
                reason=event.reason,
                unlocked_by=event.unlocked_by,
                locked_at=event.at,
                until=event.until,
            )
        case said.PartyUnlocked(party, _, at):
            if state.lock_of(party, at):
                return None  # another lock is left: the party may still not write
            return contract.ConversationUnlocked(case_id=case_id, party=party, unlocked_at=at)
        case said.ReplyWaived(by, at):
            return contract.ReplyWaived(case_id=case_id, by=by, waived_at=at)
        case said.WaiverRevoked(by, at):
            return contract.WaiverRevoked(case_id=case_id, by=by, revoked_at=at)
        case said.WaiverProposed(reason, at):
            return contract.WaiverProposed(case_id=case_id, reason=reason, proposed_at=at)
        case said.WaiverRefused(by, reason, at):
            return contract.WaiverRefused(case_id=case_id, by=by, reason=reason, refused_at=at)
        case said.DeadlineNoted():
            return None  # the clock tells of it
        case TranslationAdded(translation, at):
            return _translated(case_id, translation, at)
        case said.TextsErased():
            return None  # of a person it is told once, when all is done
        case said.OriginalRead(message_id, purpose, at):
            return contract.OriginalRead(case_id=case_id, message_id=message_id, purpose=purpose, read_at=at)
        case said.ReplyContested(message_id, ground, at):
            return contract.ReplyContested(case_id=case_id, message_id=message_id, ground=ground, contested_at=at)
        case _:
            assert_never(event)


def _shared(state: Conversation, at: datetime) -> ContractEvent:
    assert state.buyer_id is not None, "a seller shares a thread with a buyer"
    assert state.seller_id is not None, "a buyer shares a thread with a seller"
    return contract.ConversationOpened(
        case_id=state.case_id,
        buyer_id=state.buyer_id,
        seller_id=state.seller_id,
        language=state.language,
        opened_at=at,
    )


def _translated(case_id: CaseId, translation: Translation, at: datetime) -> ContractEvent:
    return contract.TranslationAdded(
        case_id=case_id,
        message_id=translation.message_id,
        audience=translation.audience,
        language=translation.language,
        number=translation.version,
        by=translation.translator_role,
        sha256=translation.sha256,
        characters=translation.characters,
        translated_at=at,
    )


def _blocked(case_id: CaseId, message: said.Known, at: datetime) -> contract.MessageBlocked:
    return contract.MessageBlocked(
        case_id=case_id,
        message_id=message.id,
        author_role=message.author_role,
        sha256=message.checked.sha256,
        classification=_classification(message.checked),
        reasons=message.checked.findings,
        attachments=_attachments(message.checked),
        blocked_at=at,
    )


def _held(case_id: CaseId, message: said.Known, why: tuple[str, ...] = ()) -> contract.MessageHeld:
    checked = message.checked
    return contract.MessageHeld(
        case_id=case_id,
        message_id=message.id,
        author_role=message.author_role,
        sha256=checked.sha256,
        classification=_classification(checked),
        reasons=(*why, *(checked.findings or checked.rules)),
        attachments=_attachments(checked),
        submitted_at=message.submitted_at,
    )


def _delivered(
    case_id: CaseId, message: said.Known, qualifies: bool, because: tuple[str, ...], at: datetime
) -> contract.MessageDelivered:
    return contract.MessageDelivered(
        case_id=case_id,
        message_id=message.id,
        author_role=message.author_role,
        audience=message.audience,
        sha256=message.checked.sha256,
        characters=message.checked.characters,
        first=message.first,
        classification=_classification(message.checked),
        qualifies=qualifies,
        not_qualifying_because=because,
        requests_information=message.requests_information,
        attachments=_attachments(message.checked),
        submitted_at=message.submitted_at,
        delivered_at=at,
    )


def _attachments(checked: said.Checked) -> tuple[contract.Attachment, ...] | None:
    attached = tuple(
        contract.Attachment(
            attachment_id=a.id, sha256=a.sha256, media_type=a.media_type, bytes=a.size_bytes, withheld=a.withheld
        )
        for a in checked.attachments
    )
    return attached or None


def _classification(checked: said.Checked) -> contract.Classification:
    return contract.Classification(
        language=checked.language,
        wrong_language=checked.wrong_language,
        automated=checked.automated,
        findings=checked.findings,
        rules=checked.rules,
        questions_asked=len(checked.substance.questions),
        questions_addressed=len(checked.substance.answers),
        insults=len(checked.substance.insults),
        pure_thanks=checked.pure_thanks or None,
    )
