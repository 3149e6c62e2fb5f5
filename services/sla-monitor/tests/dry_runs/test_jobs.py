"""A dry run over stored history, and the same window after the candidate was published."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rule_desk import ADMINISTRATOR, MARKETS, SUPERVISOR, RuleDesk, a_rule_desk, calendar, row

from chassis.store import LeaseLost
from chassis.testing import alone, overslept
from ombud_contracts.events.sla_monitor import ClockBreached
from sla_monitor.clocks.domain.clock import verdict_at
from sla_monitor.clocks.domain.round import Verdict
from sla_monitor.dry_runs.jobs import dry_running

START, END = datetime(2026, 9, 14, tzinfo=UTC), datetime(2026, 9, 26, tzinfo=UTC)
FEE_MINOR = 1815
"""1500 and 21 % VAT: what billing charges a Latvian seller for a takeover."""
SELLERS = ("sel_1", "sel_2", "sel_3")


@dataclass(frozen=True)
class Said:
    """Somebody wrote in a case, or the case was opened."""

    at: datetime
    case_id: str
    who: str


def a_fortnight(seed: int) -> list[Said]:
    """Thirty cases of three sellers, with questions and answers that come early and late."""
    chance = random.Random(seed)
    said = []
    for n in range(30):
        at = START + timedelta(minutes=chance.randrange(1, 6 * 24 * 60))
        said.append(Said(at, f"cas_{n}", SELLERS[n % 3]))
        for who in chance.choices(("buyer", "seller"), k=6):
            at += timedelta(minutes=chance.randrange(10, 40 * 60))
            said.append(Said(at, f"cas_{n}", who))
    return sorted((one for one in said if one.at < END), key=lambda one: (one.at, one.case_id))


@pytest.fixture
async def old() -> AsyncIterator[RuleDesk]:
    async with a_rule_desk() as made:
        yield made


@pytest.fixture
async def new() -> AsyncIterator[RuleDesk]:
    async with a_rule_desk() as made:
        yield made


@pytest.fixture(scope="module")
async def as_it_was() -> AsyncIterator[RuleDesk]:
    """The fortnight under the rules as they are: candidates are tried on it, and none is published."""
    async with a_rule_desk() as made:
        await play(made, a_fortnight(seed=7))
        yield made


async def play(desk: RuleDesk, said: list[Said]) -> None:
    """Let it all happen, with announcements at their time."""
    for one in said:
        await desk.fire_until(one.at)
        desk.now.at = one.at
        if one.who in SELLERS:
            await desk.open(one.case_id, one.who, one.at)
        await desk.say(one.case_id, "buyer" if one.who in SELLERS else one.who, one.at)
    await desk.fire_until(END)
    desk.now.at = END


async def came_to(desk: RuleDesk) -> dict[str, tuple[int, int]]:
    """Breaches and takeovers of each seller, as the store and the events have them. A case is taken over once."""
    breaches: dict[str, int] = defaultdict(int)
    taken_over: dict[str, set[str]] = defaultdict(set)
    sellers = {clock.ref.case_id: clock.seller_id or "" for clock in await desk.clocks()}
    for clock in await desk.clocks():
        for round_ in clock.rounds:
            breaches[sellers[clock.ref.case_id]] += verdict_at(round_, END) in (Verdict.BREACHED, Verdict.MET_LATE)
    for received in await desk.published("clock_breached"):
        match received.event:
            case ClockBreached(still_owed=True, on_silence="takeover_missed_deadline", case_id=case_id):
                taken_over[sellers[case_id]].add(case_id)
    return {seller: (breaches[seller], len(taken_over[seller])) for seller in SELLERS}


def shorter_hours() -> tuple[str, dict[str, Any]]:
    return "policy", row(target_seconds=8 * 3600, mode="business_hours", warnings_percent=[50])


def longer_target() -> tuple[str, dict[str, Any]]:
    return "policy", row(target_seconds=3 * 86_400)


def more_holidays() -> tuple[str, dict[str, Any]]:
    days = [*calendar()["holidays"], "2026-09-16", "2026-09-17"]
    return "calendar", calendar(holidays=days)


@pytest.mark.parametrize("candidate", [shorter_hours, longer_target, more_holidays])
async def test_the_window_after_publication_gives_exactly_the_predicted_difference(
    as_it_was: RuleDesk, new: RuleDesk, candidate: Any
) -> None:
    """INVARIANT: a dry run tells what would come; would break if it judged otherwise than the consumer and the sweep."""
    (sort, content), said = candidate(), a_fortnight(seed=7)
    new.now.at = START - timedelta(hours=1)
    await new.publish(content, START, sort)
    await play(new, said)
    proposed = await as_it_was.propose(content, END + timedelta(days=1), sort)
    report = await as_it_was.dry_run(proposed["candidate_id"], START, END)

    assert report["dry_run"]["state"] == "finished"
    predicted = {s["seller_id"]: s for s in report["sellers"]}
    before, after = await came_to(as_it_was), await came_to(new)
    assert before != after, "the candidate changes something"
    for seller in SELLERS:
        one = predicted.get(seller, defaultdict(int))
        breaches, takeovers = (a - b for a, b in zip(after[seller], before[seller], strict=True))
        assert one["breaches_gained"] - one["breaches_lost"] == breaches
        assert one["takeovers_gained"] - one["takeovers_lost"] == takeovers
        assert one["charged_minor"] == FEE_MINOR * takeovers
    total = report["dry_run"]["total"]
    assert total == {name: sum(s[name] for s in report["sellers"]) for name in total}
    assert report["dry_run"]["currency"] == "EUR"


async def test_a_run_that_was_interrupted_goes_on_and_counts_nothing_twice(old: RuleDesk) -> None:
    """INVARIANT: a killed process costs no report; would break if a page and its cursor were written apart."""
    await play(old, a_fortnight(seed=3)[:60])
    sort, content = shorter_hours()
    candidate = await old.propose(content, END + timedelta(days=1), sort)
    window = {"from_at": START.isoformat(), "to_at": END.isoformat()}
    path = f"/policy-candidates/{candidate['candidate_id']}"
    await old.done(SUPERVISOR, f"{path}/dry-runs", window)
    assert await dry_running(old.mongo, old.book, await alone(old.mongo, "dry-runs"), MARKETS, page=5).work()
    halfway = (await old.seen(SUPERVISOR, path))["dry_run"]
    assert (halfway["state"], halfway["finished_at"]) == ("running", None)
    await old.run_to_the_end()
    interrupted = await old.seen(SUPERVISOR, path)
    again = await old.dry_run(candidate["candidate_id"], START, END)
    assert halfway["clocks"] < interrupted["dry_run"]["clocks"] == again["dry_run"]["clocks"]
    assert interrupted["sellers"] == again["sellers"]
    assert interrupted["dry_run"]["total"] == again["dry_run"]["total"]


async def test_rules_that_were_published_meanwhile_make_a_run_outdated(old: RuleDesk) -> None:
    sort, content = shorter_hours()
    candidate = await old.propose(content, END, sort)
    window = {"from_at": START.isoformat(), "to_at": old.now.at.isoformat()}
    path = f"/policy-candidates/{candidate['candidate_id']}"
    other = await old.propose(row(target_seconds=7200), old.now.at + timedelta(minutes=5))
    await old.dry_run(other["candidate_id"], START, old.now.at)
    await old.done(SUPERVISOR, f"{path}/dry-runs", window)
    await old.done(ADMINISTRATOR, f"/policy-candidates/{other['candidate_id']}/publication")
    await old.refresh()
    await old.run_to_the_end()
    assert (await old.seen(SUPERVISOR, path))["dry_run"]["state"] == "outdated"
    assert (await old.post(ADMINISTRATOR, f"{path}/publication")).json()["type"].endswith("dry_run_missing")


async def test_a_run_of_a_market_that_is_gone_ends_and_holds_no_other_up(old: RuleDesk) -> None:
    sort, content = shorter_hours()
    candidate = await old.propose(content, END, sort)
    path = f"/policy-candidates/{candidate['candidate_id']}"
    window = {"from_at": START.isoformat(), "to_at": old.now.at.isoformat()}
    await old.done(SUPERVISOR, f"{path}/dry-runs", window)
    assert await dry_running(old.mongo, old.book, await alone(old.mongo, "dry-runs"), {}).work()
    assert (await old.seen(SUPERVISOR, path))["dry_run"]["state"] == "outdated"


async def test_a_replica_that_overslept_its_turn_reports_nothing(old: RuleDesk) -> None:
    """INVARIANT: would break if a page were committed without the lease's token."""
    sort, content = shorter_hours()
    candidate = await old.propose(content, END + timedelta(days=1), sort)
    path = f"/policy-candidates/{candidate['candidate_id']}"
    window = {"from_at": START.isoformat(), "to_at": old.now.at.isoformat()}
    await old.done(SUPERVISOR, f"{path}/dry-runs", window)
    with pytest.raises(LeaseLost):
        await dry_running(old.mongo, old.book, await overslept(old.mongo, "dry-runs"), MARKETS).work()
    assert (await old.seen(SUPERVISOR, path))["dry_run"]["clocks"] == 0
