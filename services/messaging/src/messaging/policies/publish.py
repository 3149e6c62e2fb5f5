"""Enforcement policies as contract events."""

from messaging.policies.domain import Book, Version
from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import messaging as contract
from ombud_rulebooks.domain import VersionPublished
from ombud_words import CandidateId


def publish_policy(event: VersionPublished[Version], _state: Book) -> ContractEvent:
    """Return what others hear of an enforcement policy."""
    assert event.candidate_id is not None, "every version was proposed"
    return contract.EnforcementPublished(
        market=event.market,
        number=event.version.number,
        effective_from=event.version.effective_from,
        content=event.content,
        candidate_id=CandidateId(event.candidate_id),
        published_at=event.at,
    )
