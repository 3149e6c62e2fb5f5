"""Running clocks are moved explicitly: all of a market by an adjustment, one by staff; with a report and events."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from rule_desk import ADMINISTRATOR, AGENT, SOON, SUPERVISOR, RuleDesk, a_rule_desk, calendar, row

from chassis.store import LeaseLost
from chassis.testing import alone, overslept
from ombud_contracts.events.sla_monitor import AdjustmentApplied, AdjustmentOrdered, ClockPaused, DeadlineMoved
from sla_monitor.adjustments.jobs import Adjusting
from sla_monitor.clocks.publish import clock_id

HOUR = timedelta(hours=1)


@pytest.fixture
async def desk() -> AsyncIterator[RuleDesk]:
    async with a_rule_desk() as made:
        yield made


async def ask_questions(desk: RuleDesk, at: datetime, *cases: str) -> None:
    """Have buyers of sellers ask: case `cas_1` is of seller `sel_1`."""
    for case in cases:
        await desk.open(case, f"sel_{case[-1]}", at)
        await desk.say(case, "buyer", at)


def credit(start: datetime, end: datetime) -> dict[str, Any]:
    span = {"from_at": start.isoformat(), "until": end.isoformat()}
    return {"sort": "outage_credit", "market": "lv", "cause": "outage", **span}


async def ordered(desk: RuleDesk, body: dict[str, Any], who: str = ADMINISTRATOR) -> str:
    answered = await desk.done(who, "/adjustments", body)
    await desk.refresh()
    id: str = answered["adjustment_id"]
    return id


async def due(desk: RuleDesk, kind: str = "reply") -> dict[str, datetime]:
    return {c.ref.case_id: c.rounds[-1].due_by for c in await desk.clocks(kind=kind)}


async def test_a_credit_is_told_to_every_clock_it_concerns_and_reported(desk: RuleDesk) -> None:
    asked = desk.now.at
    await ask_questions(desk, asked, "cas_1", "cas_2")
    before = await due(desk)
    desk.now.advance(hours=4)
    id = await ordered(desk, credit(asked + HOUR, asked + 3 * HOUR), "system:watchdog")
    assert (await desk.seen(AGENT, f"/adjustments/{id}"))["state"] == "ordered"
    await desk.adjust_to_the_end()
    assert await due(desk) == {case: at + 2 * HOUR for case, at in before.items()}
    report = await desk.seen("system:watchdog", f"/adjustments/{id}")
    assert (report["state"], report["clocks_refused"]) == ("applied", 0)
    assert [s["seller_id"] for s in report["sellers"]] == ["sel_1", "sel_2"]
    assert sum(s["clocks_moved"] for s in report["sellers"]) == report["clocks_moved"] > 0
    moved = [e for e in await desk.published("deadline_moved") if isinstance(e.event, DeadlineMoved)]
    assert len(moved) == report["clocks_moved"]
    assert {(e.metadata.actor_kind, e.metadata.actor_id) for e in moved} == {("system", "watchdog")}
    events = [e.event for e in await desk.published("adjustment_ordered", "adjustment_applied")]
    assert isinstance(events[0], AdjustmentOrdered)
    assert isinstance(events[1], AdjustmentApplied)
    assert (events[0].cause, events[1].clocks_moved, events[1].sellers) == ("outage", report["clocks_moved"], 2)


async def test_a_clock_that_becomes_known_later_gets_the_credit_as_well(desk: RuleDesk) -> None:
    """INVARIANT: events come from any order; would break if only clocks known at the time were told."""
    asked = desk.now.at
    await ask_questions(desk, asked, "cas_1")
    desk.now.advance(hours=4)
    id = await ordered(desk, credit(asked + HOUR, asked + 3 * HOUR))
    await desk.adjust_to_the_end()
    await ask_questions(desk, asked, "cas_2")
    await ask_questions(desk, asked + 3 * HOUR + timedelta(milliseconds=1), "cas_3")
    deadlines = await due(desk)
    assert deadlines["cas_1"] == deadlines["cas_2"] == asked + 26 * HOUR
    assert deadlines["cas_3"] == asked + 27 * HOUR + timedelta(milliseconds=1)
    report = await desk.seen(AGENT, f"/adjustments/{id}")
    assert [s["seller_id"] for s in report["sellers"]] == ["sel_1", "sel_2"]


async def test_a_job_that_was_killed_goes_on_and_tells_nobody_twice(desk: RuleDesk) -> None:
    """INVARIANT: would break if a page and how far it came were written apart, or a clock took the fact again."""
    asked = desk.now.at
    await ask_questions(desk, asked, *(f"cas_{n}" for n in range(6)))
    before = await due(desk)
    desk.now.advance(hours=4)
    id = await ordered(desk, credit(asked + HOUR, asked + 3 * HOUR))
    killed = Adjusting(desk.mongo, desk.book, await alone(desk.mongo, "adjustments"), 0.0, page=4)
    assert await killed.work()
    assert (await desk.seen(AGENT, f"/adjustments/{id}"))["state"] == "ordered"
    others = [Adjusting(desk.mongo, desk.book, await alone(desk.mongo, "adjustments"), 0.0, page=3) for n in "ab"]
    for _ in range(3):
        await asyncio.gather(*(other.work() for other in others), return_exceptions=True)
    await desk.adjust_to_the_end()
    assert await due(desk) == {case: at + 2 * HOUR for case, at in before.items()}
    told = [e.metadata.subject for e in await desk.published("deadline_moved")]
    assert len(told) == len(set(told)) == (await desk.seen(AGENT, f"/adjustments/{id}"))["clocks_moved"]
    assert len(await desk.published("adjustment_applied")) == 1


async def test_a_migration_is_explicit_reported_and_produces_events(desk: RuleDesk) -> None:
    await desk.publish(row(target_seconds=172_800), SOON)
    await ask_questions(desk, desk.now.at, "cas_1")
    desk.now.at = SOON + HOUR
    assert [r.policy_version for c in await desk.clocks(kind="reply") for r in c.rounds] == [2]
    body = {"sort": "policy_migration", "market": "lv", "cause": "holiday_season", "kind": "reply", "to_version": 3}
    id = await ordered(desk, body)
    await desk.adjust_to_the_end()
    assert [r.policy_version for c in await desk.clocks(kind="reply") for r in c.rounds] == [3]
    report = await desk.seen(AGENT, f"/adjustments/{id}")
    assert (report["clocks_told"], report["clocks_moved"], report["to_version"]) == (1, 1, 3)
    moved = (await desk.published("deadline_moved"))[-1].event
    assert isinstance(moved, DeadlineMoved)
    assert moved.due_by - moved.was_due_by == 24 * HOUR
    assert (await desk.published("deadline_moved"))[-1].metadata.policy_version == "3"


async def test_a_corrected_calendar_moves_open_deadlines_later(desk: RuleDesk) -> None:
    await ask_questions(desk, desk.now.at, "cas_1")
    holidays = [*calendar()["holidays"], "2026-09-16"]
    await desk.publish(calendar(holidays=holidays), SOON, "calendar")
    desk.now.at = SOON + HOUR
    before = await due(desk)
    body = {
        "sort": "calendar_correction",
        "market": "lv",
        "cause": "holiday_proclaimed",
        "calendar": "lv",
        "to_version": 3,
    }
    await ordered(desk, body)
    await desk.adjust_to_the_end()
    assert await due(desk) == {"cas_1": before["cas_1"] + 24 * HOUR}
    moved = [e.event for e in await desk.published("deadline_moved")]
    assert all(isinstance(e, DeadlineMoved) and e.trace_before and e.trace_after for e in moved)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"sort": "policy_migration", "kind": "reply", "to_version": 9}, "unknown_version"),
        ({"sort": "calendar_correction", "calendar": "lv", "to_version": 2}, "nothing_to_correct"),
        (
            {"sort": "outage_credit", "from_at": "2026-09-15T11:00:00Z", "until": "2026-09-15T10:00:00Z"},
            "credit_refused",
        ),
        (
            {"sort": "outage_credit", "from_at": "0001-01-01T00:00:00Z", "until": "9999-12-31T00:00:00Z"},
            "instant_out_of_range",
        ),
    ],
)
async def test_an_unfounded_adjustment_is_refused(desk: RuleDesk, body: dict[str, Any], code: str) -> None:
    answer = await desk.post(ADMINISTRATOR, "/adjustments", {"market": "lv", "cause": "outage", **body})
    assert (answer.status_code, answer.json()["type"]) == (409, f"urn:ombud:problem:{code}")


async def test_administrators_adjust_and_the_system_credits(desk: RuleDesk) -> None:
    migration = {"sort": "policy_migration", "market": "lv", "cause": "x", "kind": "reply", "to_version": 2}
    outage = credit(desk.now.at - HOUR, desk.now.at)
    for who, statuses in {
        "supervisor:sup_1": (403, 403),
        "agent:agt_1": (403, 403),
        "system:watchdog": (403, 201),
        "administrator:adm_1:pt": (404, 404),
        "seller:sel_1": (404, 404),
        ADMINISTRATOR: (201, 201),
    }.items():
        answers = [await desk.post(who, "/adjustments", body) for body in (migration, outage)]
        assert tuple(a.status_code for a in answers) == statuses, who
    id = answers[0].json()["adjustment_id"]
    for stranger in ("seller:sel_1", "agent:agt_1:pt"):
        assert (await desk.ask(stranger, f"/adjustments/{id}")).status_code == 404


# -- One clock ------------------------------------------------------------------------------------------------------------


async def resolution_of(desk: RuleDesk) -> str:
    await ask_questions(desk, desk.now.at, "cas_1")
    return clock_id((await desk.clocks(kind="first_resolution"))[0].ref)


async def test_an_agent_pauses_with_a_cause_a_supervisor_extends_either_lets_it_run(desk: RuleDesk) -> None:
    path = f"/clocks/{await resolution_of(desk)}"
    desk.now.advance(hours=1)
    until = (desk.now.at + 2 * HOUR).isoformat()
    shown = await desk.done(AGENT, f"{path}/pauses", {"cause": "parts_on_order", "until": until})
    assert shown["rounds"][0]["verdict"] == "PAUSED"
    paused = (await desk.published("clock_paused"))[0]
    assert isinstance(paused.event, ClockPaused)
    assert (paused.event.cause, paused.event.until_at_most) == ("parts_on_order", desk.now.at + 2 * HOUR)
    assert (paused.metadata.actor_kind, paused.metadata.actor_id) == ("agent", "agt_1")
    kept = (await desk.clocks(kind="first_resolution"))[0].rounds[0]
    assert (kept.pause_cause, kept.pause_ends_by) == ("parts_on_order", desk.now.at + 2 * HOUR)
    assert (await desk.post(AGENT, f"{path}/pause-extensions", {"seconds": 3600})).status_code == 403
    await desk.done(SUPERVISOR, f"{path}/pause-extensions", {"seconds": 3600})
    assert (await desk.clocks(kind="first_resolution"))[0].rounds[0].pause_ends_by == desk.now.at + 3 * HOUR
    desk.now.advance(minutes=30)
    assert (await desk.done(AGENT, f"{path}/resumptions"))["rounds"][0]["verdict"] == "RUNNING"
    again = await desk.post(AGENT, f"{path}/resumptions")
    assert (again.status_code, again.json()["type"]) == (409, "urn:ombud:problem:not_paused")


async def test_a_clock_is_paused_by_those_who_may_and_hidden_from_others(desk: RuleDesk) -> None:
    path, body = f"/clocks/{await resolution_of(desk)}/pauses", {"cause": "parts_on_order"}
    for who, status in (("seller:sel_1", 403), ("buyer:buy_1", 403), ("seller:sel_2", 404), ("agent:agt_1:pt", 404)):
        assert (await desk.post(who, path, body)).status_code == status, who
    assert (await desk.post(AGENT, "/clocks/clk_none/pauses", body)).status_code == 404
    reply = clock_id((await desk.clocks(kind="reply"))[0].ref)
    answer = await desk.post(AGENT, f"/clocks/{reply}/pauses", body)
    assert answer.json()["type"] == "urn:ombud:problem:pause_not_foreseen"


async def test_a_replica_that_overslept_its_turn_tells_no_clock(desk: RuleDesk) -> None:
    """INVARIANT: would break if a page were committed without the lease's token."""
    asked = desk.now.at
    await ask_questions(desk, asked, "cas_1")
    before = await due(desk)
    desk.now.advance(hours=4)
    await ordered(desk, credit(asked + HOUR, asked + 3 * HOUR))
    with pytest.raises(LeaseLost):
        await Adjusting(desk.mongo, desk.book, await overslept(desk.mongo, "adjustments"), 0.0).work()
    assert await due(desk) == before
