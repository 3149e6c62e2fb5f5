"""Domain events as contract events: reference, hash and classification, never a text."""

from datetime import datetime
from typing import Any, assert_never

from messaging.conversations.domain import conversation as domain
from messaging.conversations.domain import event as said
from messaging.conversations.domain.recent_messages import known_as
from messaging.conversations.domain.translation import Translation, TranslationAdded
from messaging.discussions.domain import check_in
from messaging.policies.known.domain import book as policy_book
from messaging.protection import domain as erasure
from messaging.sanctions.domain import event as sanction_event
from messaging.sanctions.domain.sanction import Sanction
from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import messaging as contract
from ombud_rulebooks.domain import VersionPublished


def publish(event: said.Event, state: domain.Conversation) -> ContractEvent | None:
    """Return what others hear of a conversation."""
    case_id = state.case_id
    match event:
        case said.ConversationOpened():
            return contract.ConversationOpened(
                case_id=case_id,
                buyer_id=state.buyer_id,
                seller_id=state.seller_id,
                language=state.language,
                opened_at=event.at,
            )
        case said.MessageDelivered(letter, _, qualifies, because, at):
            return _delivered(case_id, known_as(letter, "DELIVERED"), qualifies, because, at)
        case said.MessageReleased(message, qualifies, because, at):
            return _delivered(case_id, message, qualifies, because, at)
        case said.MessageBlocked(letter, _, at):
            return contract.MessageBlocked(
                case_id=case_id,
                message_id=letter.message_id,
                author_role=letter.author_role,
                sha256=letter.checked.sha256,
                classification=_classification(letter.checked),
                reasons=letter.checked.findings,
                attachments=_attachments(letter.checked),
                blocked_at=at,
            )
        case said.MessageHeld(letter, _, _):
            checked, why = letter.checked, (letter.held_because,) if letter.held_because else ()
            return _held(case_id, letter.message_id, letter.author_role, checked, letter.submitted_at, why)
        case said.MessageAppealed(message, _):
            return _held(case_id, message.id, message.author_role, message.checked, message.submitted_at)
        case said.MessageRejected(message, reasons, at):
            return contract.MessageRejected(
                case_id=case_id,
                message_id=message.id,
                author_role=message.author_role,
                reasons=reasons,
                rejected_at=at,
            )
        case said.PartyLocked(party, reason, unlocked_by, at, until):
            return contract.ConversationLocked(
                case_id=case_id, party=party, reason=reason, unlocked_by=unlocked_by, locked_at=at, until=until
            )
        case said.PartyUnlocked(party, _, at):
            if state.lock_of(party, at):
                return None  # another lock is left: the party may still not write
            return contract.ConversationUnlocked(case_id=case_id, party=party, unlocked_at=at)
        case said.ReplyWaived(by, at):
            return contract.ReplyWaived(case_id=case_id, by=by, waived_at=at)
        case said.WaiverRevoked(by, at):
            return contract.WaiverRevoked(case_id=case_id, by=by, revoked_at=at)
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


def _translated(case_id: str, translation: Translation, at: datetime) -> ContractEvent:
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


def publish_check_in(event: check_in.Event, _state: check_in.CheckIn) -> ContractEvent | None:
    """Return what others hear of a check-in: not each, or a topic would hold every look at a list."""
    return contract.DiscussionsChecked(seller_id=event.seller_id, checked_at=event.at) if event.told else None


def publish_erasure(event: erasure.Event, state: erasure.Erasure) -> ContractEvent | None:
    """Return what others hear of an erasure: that it is done."""
    match event:
        case erasure.ErasureOrdered():
            return None
        case erasure.PersonErased(conversations, messages, at):
            return contract.PersonErased(
                erasure_id=state.id,
                person_id=state.person_id,
                role=state.role,
                conversations=conversations,
                messages=messages,
                erased_at=at,
            )
        case _:
            assert_never(event)


def publish_sanction(event: sanction_event.Event, state: Sanction) -> ContractEvent | None:
    """Return what others hear of a sanction: counts and rule ids, never words."""
    match event:
        case sanction_event.SanctionImposed():
            return _sanction_imposed(event, state) if event.height else None
        case sanction_event.SanctionLifted():
            return contract.SanctionLifted(
                **_sanction_head(state, event.height),
                was_step=state.ladder.step(event.was_height),
                cause=event.cause,
                reasons=event.reasons,
                pardoned=event.pardoned,
                takeover_round=state.takeover_round,
                takeover_withdrawn_from=event.withdrawn_from,
                lifted_at=event.at,
            )
        case sanction_event.SanctionAppealed(grounds, at):
            return contract.SanctionAppealed(**_sanction_head(state, state.height), grounds=grounds, appealed_at=at)
        case sanction_event.SanctionUpheld(reasons, at):
            return contract.SanctionUpheld(**_sanction_head(state, state.height), reasons=reasons, upheld_at=at)
        case sanction_event.MessageCounted() | sanction_event.HeldReleased():
            return None  # the messages themselves tell of it
        case _:
            assert_never(event)


def _sanction_head(state: Sanction, height: int) -> dict[str, Any]:
    return {
        "sanction_id": state.id,
        "person_id": state.person_id,
        "role": state.role,
        "step": state.ladder.step(height),
        "breaches": len(state.breaches),
    }


def _sanction_imposed(event: sanction_event.SanctionImposed, state: Sanction) -> contract.SanctionImposed:
    breach = event.recorded.breach
    return contract.SanctionImposed(
        **_sanction_head(state, event.height),
        next_step=state.ladder.next_step(event.height),
        case_id=breach.case_id,
        message_id=breach.message_id,
        rules=breach.rules,
        facts=tuple(b.event_id for b in state.breaches),
        takeover_round=event.takeover_round,
        steps_back_at=state.steps_back_at(event.at),
        imposed_at=event.at,
    )


def publish_policy(event: VersionPublished[policy_book.Version], _state: policy_book.Book) -> ContractEvent:
    """Return what others hear of an enforcement policy."""
    assert event.candidate_id is not None, "every version was proposed"
    return contract.EnforcementPublished(
        market=event.market,
        number=event.version.number,
        effective_from=event.version.effective_from,
        content=event.content,
        candidate_id=event.candidate_id,
        published_at=event.at,
    )


def _held(
    case_id: str,
    message_id: str,
    author_role: str,
    checked: said.Checked,
    submitted_at: datetime,
    why: tuple[str, ...] = (),
) -> contract.MessageHeld:
    return contract.MessageHeld(
        case_id=case_id,
        message_id=message_id,
        author_role=author_role,
        sha256=checked.sha256,
        classification=_classification(checked),
        reasons=(*why, *(checked.findings or checked.rules)),
        attachments=_attachments(checked),
        submitted_at=submitted_at,
    )


def _delivered(
    case_id: str, message: said.Known, qualifies: bool, because: tuple[str, ...], at: datetime
) -> contract.MessageDelivered:
    return contract.MessageDelivered.model_validate(
        {
            "case_id": case_id,
            "message_id": message.id,
            "author_role": message.author_role,
            "audience": message.audience,
            "sha256": message.checked.sha256,
            "characters": message.checked.characters,
            "first": message.first,
            "classification": _classification(message.checked),
            "qualifies": qualifies,
            "not_qualifying_because": because,
            "requests_information": message.requests_information,
            "attachments": _attachments(message.checked),
            "submitted_at": message.submitted_at,
            "delivered_at": at,
        }
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
    )
