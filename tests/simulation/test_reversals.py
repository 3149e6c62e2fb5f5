"""After a reversal all is as if it had not been, each step once, over random histories in which takeovers, decisions and charges are
decided, appealed, reversed and amended, refunds paid and refused, and payouts run in between."""

import asyncio
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from functools import cache

import pytest
from adversary import PAID_MINOR, episode
from five_services import MARKETS
from hypothesis import given, settings
from hypothesis import strategies as st
from reversals import payouts_that_do_not_add_up, undone_in_part_or_twice
from told import Told, told_in

from billing.charges.domain import Status
from ombud_contracts.events import billing, payouts
from ombud_words import AppealOutcome

ATTEMPTS = 400
LIKELY = (7, 8, 19)
"""Seeds of histories in which much happens, until people try other things; then others follow."""
FURTHER = range(100, 160)


@cache
def told_of(seed: int) -> tuple[Told, list[str]]:
    world, found = asyncio.run(episode(seed, ATTEMPTS))
    return told_in(world, PAID_MINOR, MARKETS["lv"]), found


def histories() -> Iterator[Told]:
    """One history after the other, until whoever asks has seen enough."""
    return (told_of(seed)[0] for seed in (*LIKELY, *FURTHER))


@pytest.mark.rule("S-3")
@pytest.mark.rule("R-10")
@given(seed=st.integers(0, 1_000_000))
@settings(max_examples=6, deadline=None)
def test_after_a_reversal_all_is_as_if_it_had_not_been(seed: int) -> None:
    """INVARIANT: money, the room under the cap, payouts, contact and clocks go back together, each once."""
    assert not told_of(seed)[1]


def test_the_histories_have_every_kind_of_reversal_in_them() -> None:
    """A property over histories in which nothing is reversed says nothing."""
    missing = {
        *AppealOutcome,
        billing.ChargeReversed,
        billing.ChargeSettled,
        billing.ChargeRepaid,
        payouts.PayoutAdvanced,
    }
    for told in histories():
        missing -= {AppealOutcome(e.outcome) for e in told.of(billing.ChargeAppealDecided)}
        missing -= {type(received.event) for received in told.received}
        if not missing:
            break
    assert not missing


def test_control_what_is_left_of_a_reversed_charge_is_found() -> None:
    missing = {"and left", "keeps its room"}
    for told in histories():
        wrong = [replace(c, status=Status.REVERSED) if c.entry and _stands(c.status) else c for c in told.charges]
        changed = copy(told)
        object.__setattr__(changed, "charges", wrong)
        found = list(undone_in_part_or_twice(changed))
        missing = {words for words in missing if not any(words in finding for finding in found)}
        if not missing:
            break
    assert not missing


def test_control_a_step_that_happened_twice_and_a_run_that_took_more_are_found() -> None:
    missing = {"a step that happened twice", "a run that took more"}
    for told in histories():
        doubled = replace(told, received=[*told.received, *told.received])
        if any("had 2 of ChargeRepaid" in found for found in undone_in_part_or_twice(doubled)):
            missing.discard("a step that happened twice")
        if list(payouts_that_do_not_add_up(doubled)):
            missing.discard("a run that took more")
        if not missing:
            break
    assert not missing


def _stands(status: Status) -> bool:
    return status in (Status.POSTED, Status.SETTLED)
