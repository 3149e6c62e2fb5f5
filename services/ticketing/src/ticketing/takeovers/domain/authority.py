"""Who may decide about a takeover: its scope says which role is enough, and some are for a rule alone (casework, 3 and 13)."""

from ombud_words import Role
from ticketing.takeovers.domain.refusals import AboveAuthority, TriggerNotForPeople

_RANK = {Role.AGENT: 1, Role.MEDIATOR: 2, Role.SUPERVISOR: 3}
_NEEDED = {
    "case": Role.AGENT,
    "dispute": Role.AGENT,
    "order": Role.MEDIATOR,
    "seller": Role.SUPERVISOR,
    "model": Role.SUPERVISOR,
}


def expect_authority(role: Role, scope: str) -> None:
    """Raise AboveAuthority unless somebody of this role may decide about a takeover of this scope.

    A scope that nobody knows is for supervisors.
    """
    needed = _NEEDED.get(scope, Role.SUPERVISOR)
    if _RANK.get(role, 0) < _RANK[needed]:
        raise AboveAuthority(scope, needed)


def expect_decided_by_people(mode: str, *, by_people: bool = False) -> None:
    """Raise TriggerNotForPeople for what the market's rule decides alone."""
    if mode == "automatic" and not by_people:
        raise TriggerNotForPeople("a rule of the market decides this trigger alone; choose one that applies")
