"""A promise is a clock of its own, owed by whoever made it, at the instant that it names (R-32)."""

import pytest
from case_clocks import MONDAY, TUESDAY, WEDNESDAY, CaseClocks, example
from riga_rules import local

from ombud_contracts import Event
from ombud_contracts.events import promises, ticketing

pytestmark = pytest.mark.rule("R-32")
DUE = local(f"{WEDNESDAY} 18:00")


def made(promise_id: str, owner: str = "seller") -> Event:
    return example(promises.PromiseMade, promise_id=promise_id, owner=owner, due_by=DUE)


async def test_each_promise_has_a_clock_of_its_owner_at_the_instant_that_it_names() -> None:
    case = CaseClocks()
    await case.hears(made("prm_1"), f"{MONDAY} 10:00")
    await case.hears(made("prm_2", "platform"), f"{MONDAY} 10:00")
    found = await case.of_kind("promise")
    assert {id: (c.rounds[-1].owner, c.rounds[-1].due_by) for id, c in found.items()} == {
        "prm_1": ("seller", DUE),
        "prm_2": ("platform", DUE),
    }


async def test_a_promise_ends_its_own_clock_alone() -> None:
    case = CaseClocks()
    for number in range(4):
        await case.hears(made(f"prm_{number}"), f"{MONDAY} 10:00")
    await case.hears(example(promises.PromiseKept, promise_id="prm_1"), f"{TUESDAY} 10:00")
    await case.hears(example(promises.PromiseWithdrawn, promise_id="prm_2"), f"{TUESDAY} 10:00")
    assert await case.verdicts("promise") == {"prm_0": "RUNNING", "prm_1": "MET", "prm_2": "VOID", "prm_3": "RUNNING"}
    await case.fire("2026-09-16 18:00:01")
    for number in (0, 3):  # what ticketing makes of the breach tells the clock nothing
        await case.hears(example(promises.PromiseBroken, promise_id=f"prm_{number}"), "2026-09-16 18:00:02")
    await case.hears(example(promises.PromiseKept, promise_id="prm_0"), f"{WEDNESDAY} 19:00")
    found = await case.verdicts("promise")
    assert (found["prm_0"], found["prm_3"] in ("MET", "VOID")) == ("MET_LATE", False)


async def test_a_case_that_is_closed_has_no_promise_to_watch() -> None:
    case = CaseClocks()
    await case.hears(made("prm_1"), f"{MONDAY} 10:00")
    await case.hears(example(ticketing.CaseClosed), f"{TUESDAY} 10:00")
    assert await case.verdicts("promise") == {"prm_1": "VOID"}
