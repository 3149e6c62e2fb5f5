"""What others hear of published rules."""

from typing import Any

from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import sla_monitor as contract
from ombud_rulebooks.domain import VersionPublished
from sla_monitor.rules.domain.book import Dated, RuleBook, Sort


def publish_version(event: VersionPublished[Dated], _state: RuleBook) -> ContractEvent:
    """Return what others hear of a publication."""
    version = event.version
    said: dict[str, Any] = {
        "market": event.market,
        "number": version.number,
        "effective_from": version.effective_from,
        "content": event.content,
        "candidate_id": event.candidate_id,
        "published_at": event.at,
    }
    if version.sort is Sort.POLICY:
        return contract.PolicyPublished(**said, kind=version.name)
    return contract.CalendarPublished(**said, calendar=version.name)
