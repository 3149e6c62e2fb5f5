"""Examples of events as entries of a timeline, and who may see them."""

import json
from importlib.resources import files
from typing import Any

from ombud_contracts import Received
from ombud_contracts.cloudevents import STRUCTURED, from_record
from ticketing.timeline.entries import entry_of

FOLDER = files("ombud_contracts").joinpath("examples")
EXAMPLES = sorted(path.name for path in FOLDER.iterdir() if path.name.endswith(".json"))
MEDIATORS = {"mediator", "supervisor"}
STAFF = {"agent", "mediator", "supervisor", "administrator", "system"}
HEADERS = [("content-type", STRUCTURED.encode())]


def received(name: str, **data: Any) -> Received:
    """Return the example of an event, with other members in place of some."""
    example = json.loads(FOLDER.joinpath(name).read_text())
    example["data"] |= data
    return from_record(json.dumps(example).encode(), HEADERS)


def readers(name: str, **data: Any) -> set[str]:
    """Return who may see the example of an event."""
    entry = entry_of(received(name, **data))
    assert entry is not None
    return set(entry["visible_to"])
