"""The base of every contract event, the registry of types, and the metadata that travels with an event.

An event class is closed for its producer (an unknown field is an error) and open for its consumers
(unknown fields, types and enumeration values are tolerated), so contracts change by addition only.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

from ombud_contracts.vocabulary import Attribute, Instant, Role

REGISTRY: dict[str, type["Event"]] = {}
"""Every event class by its wire type."""


class Model(BaseModel):
    """A frozen value inside an event; closed when built, open when read from the wire."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Event(Model):
    """A past fact. `type` and `topic` are fixed by the class; `version` grows only with a new schema file."""

    type: ClassVar[str]
    topic: ClassVar[str]
    version: ClassVar[int] = 1

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "type" in cls.__dict__:
            REGISTRY[cls.type] = cls

    @classmethod
    def source(cls) -> str:
        """Return who alone may say events of this type: the `source` attribute of CloudEvents."""
        return f"/ombud/{cls.type.partition('.')[0]}"

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Parse wire bytes as a tolerant reader: fields this version does not know are ignored."""
        return cls.model_validate_json(data, extra="ignore")

    def to_bytes(self) -> bytes:
        """Return the JSON value as it is published; absent optional fields are left out."""
        return self.model_dump_json(exclude_none=True).encode()


class Metadata(Model):
    """What every event carries beside its data, as CloudEvents attributes (product rules, section 9).

    Building it fails with ValidationError for a text that readers would refuse: whatever brought such an id (a record of
    another system) is parked where it came in, rather than with everybody who hears of it.
    """

    id: Attribute
    """Derived from aggregate and sequence (`cas_…:7`): the same over retries and replays."""
    subject: Attribute
    """The aggregate the event is about."""
    sequence: Annotated[int, Field(ge=1)]
    """1, 2, 3 … per aggregate, without a gap."""
    key: Attribute
    """Partition key: the id whose events must keep their order (the case; the seller for accounts)."""
    occurred_at: Instant
    """Event time: when the fact happened. Deadlines are judged by it."""
    recorded_at: Instant
    """When Ombud stored the fact."""
    actor_kind: Attribute = Role.SYSTEM
    actor_id: Attribute = "system"
    market: Attribute | None = None
    case_id: Attribute | None = None
    correlation_id: Attribute
    """Shared by everything that followed from one request."""
    causation_id: Attribute
    """Id of the event, or of the request, that directly caused this one."""
    policy_version: Attribute | None = None
    traceparent: Attribute | None = None
    """W3C trace context of the command that created the event; never overwritten on the way."""


class Received(Model):
    """One event as a consumer sees it."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    metadata: Metadata
    event: Event | None
    """None when the type is not known to this version of the contracts."""
    type: str
    source: str = ""
    """Who says so. An id is unique per source alone (CloudEvents 1.0, 3.1.1)."""

    @property
    def at(self) -> datetime:
        """Event time."""
        return self.metadata.occurred_at
