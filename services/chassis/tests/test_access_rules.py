"""Who may do what, closed by default: what no row allows is refused, and staff without markets see nothing."""

from typing import cast

import pytest

from chassis.auth import (
    ALLOWED,
    STAFF,
    Action,
    Actor,
    Forbidden,
    NotVisible,
    Parties,
    authorize,
    authorize_in_all,
    authorize_market,
    authorize_role,
    readable_markets,
)
from ombud_contracts.vocabulary import Role

MARKETS = ("de", "lv")
MATTER = Parties("lv", "buy_1", "sel_1")
A_NEW_ROLE = cast(Role, "auditor")
"""As if somebody had added a role to the contracts and to nothing else."""


def test_every_action_has_a_row_and_every_role_is_a_party_or_staff() -> None:
    """INVARIANT: would break if a role that is added later were taken for staff because it is not a party."""
    assert set(ALLOWED) == set(Action)
    assert STAFF | {Role.BUYER, Role.SELLER} == set(Role)
    assert not STAFF & {Role.BUYER, Role.SELLER}


@pytest.mark.parametrize("action", Action)
def test_a_role_that_no_row_names_may_do_nothing(action: Action) -> None:
    unknown = Actor("aud_1", A_NEW_ROLE, None)
    assert not unknown.staff
    with pytest.raises(NotVisible):
        authorize(unknown, action, MATTER)
    with pytest.raises(NotVisible):
        authorize_market(unknown, action, "lv", MARKETS)
    for refused in (authorize_role, lambda a, b: readable_markets(a, b, None, MARKETS)):
        with pytest.raises(Forbidden):
            refused(unknown, action)
    with pytest.raises(Forbidden):
        authorize_in_all(unknown, action, MARKETS)


@pytest.mark.parametrize("role", sorted(STAFF))
def test_staff_without_markets_see_nothing(role: Role) -> None:
    nowhere = Actor("stf_1", role, frozenset())
    allowed = [action for action, roles in ALLOWED.items() if role in roles]
    assert allowed
    for action in allowed:
        with pytest.raises(NotVisible):
            authorize(nowhere, action, MATTER)
        with pytest.raises(NotVisible):
            authorize_in_all(nowhere, action, ("lv",))
        assert readable_markets(nowhere, action, None, MARKETS) == []


def test_what_lies_in_several_markets_is_for_those_who_work_in_all_of_them() -> None:
    def may(markets: frozenset[str] | None, known_in: tuple[str, ...]) -> bool:
        try:
            authorize_in_all(Actor("adm_1", Role.ADMINISTRATOR, markets), Action.ERASE_PERSON, known_in)
        except NotVisible:
            return False
        return True

    assert may(None, ("lv", "de"))
    assert may(None, ())
    assert may(frozenset({"lv", "de", "pt"}), ("lv", "de"))
    assert not may(frozenset({"lv"}), ("lv", "de"))
    assert not may(frozenset({"lv"}), ()), "nobody may learn that somebody is known elsewhere"


@pytest.mark.parametrize(("actor_id", "role"), [("buy_1", Role.SELLER), ("sel_1", Role.BUYER), ("", Role.BUYER)])
def test_an_id_counts_in_its_role_alone(actor_id: str, role: Role) -> None:
    with pytest.raises(NotVisible):
        authorize(Actor(actor_id, role), Action.READ_CASE, MATTER)
