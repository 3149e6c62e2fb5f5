"""A promise, whatever happens to it in whatever order (R-32)."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.testing import NOON
from ombud_contracts import Event
from ombud_contracts.events import promises as contract
from ombud_words import CaseId, Promised, PromiseId, Role
from ticketing.promises import domain
from ticketing.promises.domain import (
    BreakPromise,
    KeepPromise,
    MakePromise,
    Promise,
    RestorePromise,
    Status,
    WithdrawPromise,
    decide,
    evolve,
)
from ticketing.promises.publish import publish_promise

pytestmark = pytest.mark.rule("R-32")
DUE, LATE = NOON + timedelta(days=2), NOON + timedelta(days=3)
MAKE = MakePromise(
    promise_id=PromiseId("prm_1"),
    case_id=CaseId("cas_1"),
    market="lv",
    what=Promised.LABEL,
    by=Role.SELLER,
    due_by=DUE,
    at=NOON,
)
KEEP, BREAK, RESTORE = KeepPromise(NOON), BreakPromise(1, LATE), RestorePromise(1, LATE)
WITHDRAW = WithdrawPromise("not_needed", NOON)
COMMANDS: dict[str, domain.Command] = {
    "make": MAKE,
    "keep": KEEP,
    "break": BREAK,
    "restore": RESTORE,
    "withdraw": WITHDRAW,
}
LADDER: dict[str, tuple[domain.Command, ...]] = {
    "nothing": (),
    "open": (MAKE,),
    "kept": (MAKE, KEEP),
    "broken": (MAKE, BREAK),
    "restored": (MAKE, BREAK, RESTORE),
    "withdrawn": (MAKE, WITHDRAW),
}
EXPECTED = {
    "make": ("PromiseMade", "-", "-", "-", "-", "-"),
    "keep": ("UnknownPromise", "PromiseKept", "-", "PromiseKept", "PromiseKept", "PromiseEnded"),
    "break": ("UnknownPromise", "PromiseBroken", "-", "-", "PromiseBroken", "-"),
    "restore": ("UnknownPromise", "-", "-", "PromiseRestored", "-", "-"),
    "withdraw": (
        "UnknownPromise",
        "PromiseWithdrawn",
        "PromiseEnded",
        "PromiseWithdrawn",
        "PromiseWithdrawn",
        "-",
    ),
}


def after(*commands: domain.Command) -> Promise | None:
    state = None
    for command in commands:
        for event in decide(command, state):
            state = evolve(state, event)
    return state


def answer(command: domain.Command, state: Promise | None) -> str:
    try:
        told = decide(command, state)
    except domain.Refusal as refused:
        return type(refused).__name__
    return "+".join(type(event).__name__ for event in told) or "-"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_one_answer_in_every_situation(name: str) -> None:
    assert {type(c) for c in COMMANDS.values()} == set(get_args(domain.Command))
    told = {rung: answer(COMMANDS[name], after(*commands)) for rung, commands in LADDER.items()}
    assert told == dict(zip(LADDER, EXPECTED[name], strict=True))


@pytest.mark.rule("S-3")
def test_only_the_round_by_which_it_is_broken_restores_it() -> None:
    """INVARIANT: would break if the late withdrawal of one round let a promise stand that another round broke."""
    later, restore_later = BreakPromise(2, LATE), RestorePromise(2, LATE)
    for history, command, told in (
        ((MAKE, BREAK), later, "BrokenByLaterRound"),
        ((MAKE, BREAK, later), RESTORE, "-"),
        ((MAKE, BREAK, later), restore_later, "PromiseRestored"),
        ((MAKE, later), BREAK, "-"),
        ((MAKE, later), RESTORE, "-"),
        ((MAKE, BREAK, RESTORE, later), RESTORE, "-"),
    ):
        assert answer(command, after(*history)) == told
    renewed = after(MAKE, BREAK, later)
    assert renewed is not None
    assert (renewed.status, renewed.broken_times) == (Status.BROKEN, 1)
    assert publish_promise(domain.BrokenByLaterRound(2, LATE), renewed) is None, "nothing changes for anybody"


@pytest.mark.parametrize(
    ("ahead", "told"),
    [
        (timedelta(0), "PromiseOutOfTime"),
        (timedelta(milliseconds=1), "PromiseMade"),
        (timedelta(days=90), "PromiseMade"),
        (timedelta(days=90, milliseconds=1), "PromiseOutOfTime"),
    ],
)
def test_a_promise_is_about_the_next_ninety_days(ahead: timedelta, told: str) -> None:
    assert answer(replace(MAKE, due_by=NOON + ahead), None) == told


@pytest.mark.parametrize(
    ("promised_by", "speaks", "may"),
    [
        (Role.SELLER, Role.SELLER, True),
        (Role.SELLER, Role.AGENT, True),
        (Role.AGENT, Role.SELLER, False),
        (Role.AGENT, Role.MEDIATOR, True),
    ],
)
def test_a_seller_speaks_for_what_the_seller_promised(promised_by: Role, speaks: Role, may: bool) -> None:
    promise = after(replace(MAKE, by=promised_by))
    assert promise is not None
    if may:
        domain.expect_own(promise, speaks)
    else:
        with pytest.raises(domain.PromiseOfOther):
            domain.expect_own(promise, speaks)


def test_what_others_hear_of_a_promise() -> None:
    state: Promise | None = None
    told: list[Event] = []
    for command in (MAKE, BREAK, RESTORE, BreakPromise(1, LATE), KeepPromise(LATE)):
        for event in decide(command, state):
            state = evolve(state, event)
            said = publish_promise(event, state)
            assert said is not None
            told.append(said)
    named = {"promise_id": "prm_1", "case_id": "cas_1"}
    broken = contract.PromiseBroken(**named, owner="seller", broken_at=LATE)
    assert told == [
        contract.PromiseMade(**named, what="LABEL", owner="seller", by="seller", due_by=DUE, made_at=NOON),
        broken,
        contract.PromiseRestored(**named, restored_at=LATE),
        broken,
        contract.PromiseKept(**named, late=True, kept_at=LATE),
    ]
    assert state is not None
    withdrawn = decide(WITHDRAW, after(MAKE))[0]
    promise = after(MAKE, WITHDRAW)
    assert promise is not None
    assert publish_promise(withdrawn, promise) == contract.PromiseWithdrawn(
        **named, reason="not_needed", withdrawn_at=NOON
    )
    platforms = replace(MAKE, by=Role.MEDIATOR)
    made = after(platforms)
    assert made is not None
    heard = publish_promise(decide(platforms, None)[0], made)
    assert isinstance(heard, contract.PromiseMade)
    assert heard.owner == "platform"


@given(st.lists(st.sampled_from([KEEP, BREAK, RESTORE, WITHDRAW]), max_size=12))
def test_it_is_kept_or_withdrawn_once_and_nothing_follows(commands: list[domain.Command]) -> None:
    state = after(MAKE)
    ends = 0
    for command in commands:
        assert state is not None
        ended = state.status in (Status.KEPT, Status.WITHDRAWN)
        try:
            events = decide(command, state)
        except domain.PromiseEnded:
            assert ended
            continue
        assert not (ended and events)
        for event in events:
            state = evolve(state, event)
            ends += isinstance(event, domain.PromiseKept | domain.PromiseWithdrawn)
    assert state is not None
    assert ends == (state.status in (Status.KEPT, Status.WITHDRAWN))
