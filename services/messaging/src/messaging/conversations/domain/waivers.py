"""That no reply is needed: said by whoever may, proposed by the seller, and taken back. A proposal stops no clock."""

from datetime import datetime

from messaging.conversations.domain.event import (
    Event,
    ReplyWaived,
    WaiverProposed,
    WaiverRefused,
    WaiverRevoked,
)
from messaging.conversations.domain.refusals import NothingOwed, NothingProposed, WaiverRefusedBefore
from messaging.conversations.domain.state import Conversation


def waive(state: Conversation, by: str, at: datetime) -> list[Event]:
    """Return that no reply is needed. Raises NothingOwed."""
    if state.waived:
        return []
    _expect_owed(state)
    return [ReplyWaived(by, at)]


def revoke(state: Conversation, by: str, at: datetime) -> list[Event]:
    """Return that a reply is needed after all. Raises NothingOwed."""
    if state.owes_reply:
        return []
    if not state.waived:
        raise NothingOwed("no reply was waived")
    return [WaiverRevoked(by, at)]


def propose(state: Conversation, reason: str, at: datetime) -> list[Event]:
    """Return that the seller asks for a waiver, once for each reply that is owed. Raises NothingOwed, WaiverRefusedBefore."""
    _expect_owed(state)
    if state.waiver_proposal is None:
        return [WaiverProposed(reason, at)]
    if state.waiver_proposal.refused:
        raise WaiverRefusedBefore("A waiver of this reply was refused. Answer the buyer.")
    return []


def accept(state: Conversation, by: str, at: datetime) -> list[Event]:
    """Return that no reply is needed, as the seller proposed. Raises NothingProposed."""
    _expect_proposed(state)
    return [ReplyWaived(by, at)]


def refuse(state: Conversation, by: str, reason: str, at: datetime) -> list[Event]:
    """Return that the reply is needed, whatever the seller proposed. Raises NothingProposed."""
    _expect_proposed(state)
    return [WaiverRefused(by, reason, at)]


def _expect_owed(state: Conversation) -> None:
    if not state.owes_reply:
        raise NothingOwed("the seller owes no reply at present")


def _expect_proposed(state: Conversation) -> None:
    if state.waiver_proposal is None or state.waiver_proposal.refused:
        raise NothingProposed("no waiver is proposed at present; it ends with a decision, a reply or a new message")
