"""Who may decide about a takeover: scope and mode say so (casework, sections 3 and 13)."""

import pytest

from ombud_words import Role
from ticketing.takeovers.domain.authority import expect_authority, expect_decided_by_people
from ticketing.takeovers.domain.refusals import AboveAuthority, TriggerNotForPeople

ENOUGH = {
    "case": {Role.AGENT, Role.MEDIATOR, Role.SUPERVISOR},
    "dispute": {Role.AGENT, Role.MEDIATOR, Role.SUPERVISOR},
    "order": {Role.MEDIATOR, Role.SUPERVISOR},
    "seller": {Role.SUPERVISOR},
    "model": {Role.SUPERVISOR},
    "a_scope_of_tomorrow": {Role.SUPERVISOR},
}


@pytest.mark.parametrize("scope", ENOUGH)
@pytest.mark.parametrize("role", Role)
def test_a_scope_names_the_roles_that_are_enough(role: Role, scope: str) -> None:
    """INVARIANT: would break if a role could decide a takeover whose scope is above it."""
    if role in ENOUGH[scope]:
        expect_authority(role, scope)
        return
    with pytest.raises(AboveAuthority) as refused:
        expect_authority(role, scope)
    assert refused.value.facts["scope"] == scope
    assert refused.value.facts["decided_by"] in ENOUGH[scope]


def test_what_is_automatic_is_decided_by_the_rule_alone() -> None:
    expect_decided_by_people("recommend")
    expect_decided_by_people("manual")
    expect_decided_by_people("automatic", by_people=True)
    with pytest.raises(TriggerNotForPeople):
        expect_decided_by_people("automatic")
