"""What crosses a service boundary in Ombud, and nothing else; a subscriber may install only this package."""

from ombud_contracts import events
from ombud_contracts.cloudevents import ForgedEvent, MalformedEvent, from_record, to_headers
from ombud_contracts.event import REGISTRY, Event, Metadata, Received

__all__ = [
    "REGISTRY",
    "Event",
    "ForgedEvent",
    "MalformedEvent",
    "Metadata",
    "Received",
    "events",
    "from_record",
    "to_headers",
]
