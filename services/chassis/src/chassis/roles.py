"""What a process of a service does. By default it does everything; each role can be a deployment of its own."""

from collections.abc import Iterable, Sequence
from enum import StrEnum


class Role(StrEnum):
    """A part of a service's work that a process can take alone."""

    API = "api"
    """Answers requests on the public port, and serves live updates."""
    CONSUME = "consume"
    """Reads topics in the service's groups, and tries again what waits for something."""
    RELAY = "relay"
    """Publishes the outbox, whichever process wrote it."""
    FIRE = "fire"
    """Announces what is due: the SLA monitor's alone."""
    JOBS = "jobs"
    """Does what is done from time to time."""


EVERYWHERE = (Role.API, Role.CONSUME, Role.RELAY, Role.JOBS)
"""What every service has."""


def roles_of(given: str | Iterable[str], existing: Sequence[Role]) -> tuple[Role, ...]:
    """Return the roles of a comma list, each once. Raises ValueError that names those that exist."""
    named = [name.strip() for name in (given.split(",") if isinstance(given, str) else given)]
    known = "this service has " + ",".join(existing)
    if not any(named):
        raise ValueError(f"no role is named: {known}")
    if not set(named) <= set(existing):
        raise ValueError(f"a role is named that does not exist here: {known}")
    return tuple(role for role in existing if role in named)
