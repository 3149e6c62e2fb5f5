"""Policies and calendars over HTTP: read, proposed, tried, published by an administrator; every refusal names its field."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from marketplace_of_clocks import KnownPeople
from rule_desk import ADMINISTRATOR, AGENT, MARKETS, NOTICE, SOON, SUPERVISOR, RuleDesk, a_rule_desk, calendar, row

from chassis.aggregate import Cause, Session
from chassis.store import Conflict
from ombud_contracts.events.sla_monitor import CalendarPublished, PolicyPublished
from ombud_rulebooks.domain import RulesHaveChanged
from sla_monitor.rules.api import desk_of
from sla_monitor.rules.domain.default_policies import default_rows

PLANTED = "zzplantedzz"


@pytest.fixture
async def desk() -> AsyncIterator[RuleDesk]:
    async with a_rule_desk() as made:
        yield made


def proposal(content: dict[str, Any], sort: str = "policy", since: datetime = SOON) -> dict[str, Any]:
    return {"market": "lv", "sort": sort, "content": content, "effective_from": since.isoformat()}


async def test_every_version_is_shown_with_its_date_and_who_published_it(desk: RuleDesk) -> None:
    await desk.publish(row(target_seconds=43_200), SOON)
    versions = (await desk.seen(AGENT, "/policies", market="lv"))["versions"]
    replies = [v for v in versions if v["name"] == "reply"]
    assert [(v["number"], v["published_by"]) for v in replies] == [(2, "market-file"), (3, "adm_1")]
    assert replies[1]["effective_from"] == "2026-09-15T13:00:00Z"
    assert replies[1]["content"]["target_seconds"] == 43_200
    assert {v["sort"] for v in versions} == {"policy", "calendar"}


async def test_a_publication_is_an_event_with_its_content_and_its_actor(desk: RuleDesk) -> None:
    await desk.publish(row(target_seconds=43_200), SOON)
    await desk.publish(calendar(holidays=["2026-09-16"]), SOON, "calendar")
    policy, changed = (await desk.published("policy_published"))[-1], (await desk.published("calendar_published"))[-1]
    assert isinstance(policy.event, PolicyPublished)
    assert isinstance(changed.event, CalendarPublished)
    assert (policy.event.kind, policy.event.number, policy.event.market) == ("reply", 3, "lv")
    assert '"target_seconds": 43200' in policy.event.content
    assert (changed.event.calendar, changed.event.number) == ("lv", 3)
    assert (policy.metadata.actor_kind, policy.metadata.actor_id) == ("administrator", "adm_1")
    assert policy.metadata.key == "lv"
    first = [
        e for e in await desk.published("policy_published", "calendar_published") if e.metadata.actor_kind == "system"
    ]
    assert len(first) == len(default_rows("", "", "")) + 2, "what came with the market's file is told, too"


async def test_a_version_is_in_force_for_new_rounds_from_its_date_and_not_before(desk: RuleDesk) -> None:
    """INVARIANT: section 3, the pinned version continues; would break if a publication moved what runs."""
    await desk.publish(row(target_seconds=3600, mode="elapsed"), SOON)
    for case, at in (("cas_1", SOON - timedelta(minutes=1)), ("cas_2", SOON)):
        desk.now.at = at
        await desk.say(case, "buyer", at)
    seconds = [c.rounds[0].target_seconds for c in await desk.clocks(kind="reply")]
    assert sorted(seconds) == [3600, 86_400]


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "a target of zero": (proposal(row(target_seconds=0)), "target_is_zero", "target_seconds"),
    "a text for a number": (proposal(row(target_seconds=PLANTED)), "policy_unreadable", "target_seconds"),
    "a target beyond all time": (proposal(row(target_seconds=10**15)), "policy_unreadable", "target_seconds"),
    "a pause without a cap": (proposal(row(pauses=["paused_by_staff"])), "pause_without_cap", "pause_cap_seconds"),
    "an unknown signal": (proposal(row(starts=[PLANTED])), "unknown_signal", "starts"),
    "an unknown mode": (proposal(row(mode=PLANTED)), "unknown_mode", "mode"),
    "no default on silence": (proposal(row(on_silence=None)), "silence_without_default", "on_silence"),
    "an unknown field": (proposal({**row(), PLANTED: 1}), "policy_unreadable", "content"),
    "a version of one's own": (proposal({**row(), "version": 7}), "policy_unreadable", "version"),
    "no kind": (proposal({**row(), "kind": PLANTED + "!"}), "policy_unreadable", "kind"),
    "a calendar nobody published": (proposal(row(calendar=PLANTED)), "unknown_calendar", "calendar"),
    "half a surrogate": (proposal(row(title="\ud800")), "policy_unreadable", "content"),
    "no open time": (
        proposal(calendar(weekly={}, overrides={}), "calendar"),
        "calendar_without_open_time",
        "weekly",
    ),
    "an unknown zone": (proposal(calendar(tz=PLANTED), "calendar"), "unknown_time_zone", "tz"),
    "a holiday that is none": (proposal(calendar(holidays=[PLANTED]), "calendar"), "calendar_unreadable", "holidays"),
    "hours that are none": (
        proposal(calendar(weekly={"0": [[PLANTED, "1"]]}), "calendar"),
        "calendar_unreadable",
        "weekly",
    ),
    "a date at the end of time": (
        proposal(calendar(closures=[["9999-12-31T00:00-14:00", "9999-12-31T23:59-14:00"]]), "calendar"),
        "instant_out_of_range",
        "content",
    ),
    "the date of another version": (
        proposal(row(), since=datetime(2025, 1, 1, tzinfo=UTC)),
        "effective_dates_overlap",
        "effective_from",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_cannot_be_published_is_refused_at_once_with_its_field(desk: RuleDesk, what: str) -> None:
    """INVARIANT: nothing is kept of it and nothing of it is echoed."""
    body, code, field = REFUSED[what]
    answer = await desk.post(SUPERVISOR, "/policy-candidates", body)
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    problem = answer.json()
    assert problem["type"] == f"urn:ombud:problem:{code}", problem
    assert problem["field"] == field, problem
    assert PLANTED not in answer.text
    assert (await desk.seen(AGENT, "/policy-candidates", market="lv"))["candidates"] == []


async def code_of(desk: RuleDesk, who: str, path: str, body: object = None) -> str:
    answer = await desk.post(who, path, body)
    assert answer.status_code == 409, answer.text
    return str(answer.json()["type"]).rpartition(":")[2]


async def test_nothing_is_published_before_a_dry_run_of_it_has_finished(desk: RuleDesk) -> None:
    candidate = await desk.propose(row(target_seconds=43_200), SOON)
    path = f"/policy-candidates/{candidate['candidate_id']}"
    window = {"from_at": "2026-09-01T00:00:00Z", "to_at": "2026-09-14T00:00:00Z"}
    assert await code_of(desk, ADMINISTRATOR, f"{path}/publication") == "dry_run_missing"
    await desk.done(SUPERVISOR, f"{path}/dry-runs", window)
    assert await code_of(desk, ADMINISTRATOR, f"{path}/publication") == "dry_run_missing"
    await desk.run_to_the_end()
    assert (await desk.done(ADMINISTRATOR, f"{path}/publication"))["state"] == "published"
    assert await code_of(desk, ADMINISTRATOR, f"{path}/publication") == "already_published"
    assert await code_of(desk, SUPERVISOR, f"{path}/dry-runs", window) == "already_published"


async def test_a_dry_run_is_over_what_happened_under_the_version_that_is_replaced(desk: RuleDesk) -> None:
    candidate = await desk.propose(row(target_seconds=43_200), SOON)
    path = f"/policy-candidates/{candidate['candidate_id']}/dry-runs"
    for start, end in (
        ("2026-09-14T00:00:00Z", "2026-09-14T00:00:00Z"),
        ("2026-09-14T00:00:00Z", "2026-09-16T00:00:00Z"),
        ("2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z"),
        ("2025-01-02T00:00:00Z", "2026-09-14T00:00:00Z"),
    ):
        assert await code_of(desk, SUPERVISOR, path, {"from_at": start, "to_at": end}) == "window_refused"


async def test_a_version_is_published_a_notice_before_it_is_in_force(desk: RuleDesk) -> None:
    """Every replica must know it by then."""
    candidate = await desk.propose(row(target_seconds=43_200), desk.now.at + timedelta(seconds=60))
    await desk.dry_run(candidate["candidate_id"], SOON - timedelta(days=1), desk.now.at)
    path = f"/policy-candidates/{candidate['candidate_id']}/publication"
    desk.now.advance(milliseconds=1)
    assert await code_of(desk, ADMINISTRATOR, path) == "effective_too_soon"
    desk.now.advance(milliseconds=-1)
    await desk.done(ADMINISTRATOR, path)


async def test_of_two_administrators_who_publish_at_once_one_is_refused(desk: RuleDesk) -> None:
    """INVARIANT: both tried their candidate against the same rules; would break if a book could be written twice."""
    paths = []
    for seconds in (43_200, 7_200):
        candidate = await desk.propose(row(target_seconds=seconds), SOON)
        await desk.dry_run(candidate["candidate_id"], SOON - timedelta(days=1), desk.now.at)
        paths.append(f"/policy-candidates/{candidate['candidate_id']}/publication")
    answers = await asyncio.gather(*(desk.post(f"administrator:adm_{n}", path) for n, path in enumerate(paths)))
    assert sorted(a.status_code for a in answers) == [200, 409]
    refused = next(a for a in answers if a.status_code == 409).json()
    assert refused["type"] == "urn:ombud:problem:rules_have_changed"
    versions = (await desk.seen(AGENT, "/policies", market="lv"))["versions"]
    assert [v["number"] for v in versions if v["name"] == "reply"] == [2, 3]
    states = {c["state"] for c in (await desk.seen(AGENT, "/policy-candidates", market="lv"))["candidates"]}
    assert states == {"proposed", "published"}, "the refused one stays as it was"


async def test_supervisors_propose_administrators_publish_staff_read(desk: RuleDesk) -> None:
    candidate = await desk.propose(row(target_seconds=43_200), SOON)
    path = f"/policy-candidates/{candidate['candidate_id']}"
    window = {"from_at": "2026-09-01T00:00:00Z", "to_at": "2026-09-14T00:00:00Z"}
    for who, status in (("agent:agt_1", 403), ("supervisor:sup_1:pt", 404), ("seller:sel_1", 404)):
        assert (await desk.post(who, "/policy-candidates", proposal(row()))).status_code == status
        assert (await desk.post(who, f"{path}/dry-runs", window)).status_code == status
    assert (await desk.post(SUPERVISOR, f"{path}/publication")).status_code == 403
    for screen, market in ((path, None), ("/policies", "lv"), ("/policy-candidates", "lv")):
        assert (await desk.ask("mediator:med_1", screen, market=market)).status_code == 200
        for stranger in ("buyer:buy_1", "seller:sel_1", "agent:agt_1:pt"):
            assert (await desk.ask(stranger, screen, market=market)).status_code == 404
    assert (await desk.ask(AGENT, "/policies", market="xx")).status_code == 404
    assert (await desk.ask(AGENT, "/policy-candidates/cnd_none")).status_code == 404


async def test_candidates_come_in_pages_the_newest_first(desk: RuleDesk) -> None:
    ids = []
    for n in range(3):
        desk.now.advance(seconds=1)
        ids.append((await desk.propose(row(target_seconds=3600 + n), SOON))["candidate_id"])
    first = await desk.seen(AGENT, "/policy-candidates", market="lv", limit=2)
    second = await desk.seen(AGENT, "/policy-candidates", market="lv", limit=2, cursor=first["next_cursor"])
    seen = [c["candidate_id"] for c in (*first["candidates"], *second["candidates"])]
    assert (seen, second["next_cursor"]) == (ids[::-1], None)


async def test_a_repeated_proposal_is_one_candidate(desk: RuleDesk) -> None:
    body = proposal(row(target_seconds=43_200))
    answers = [await desk.post(SUPERVISOR, "/policy-candidates", body, key="k1") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len((await desk.seen(AGENT, "/policy-candidates", market="lv"))["candidates"]) == 1


@pytest.mark.parametrize("first", [0, 1])
async def test_of_two_publications_that_read_the_same_book_the_later_is_decided_again(
    desk: RuleDesk, first: int
) -> None:
    """INVARIANT: would break if the book of a market were not compared at commit."""
    who, rules = await KnownPeople().verify(ADMINISTRATOR), desk_of(MARKETS, NOTICE)
    candidates = [await desk.propose(row(target_seconds=seconds), SOON) for seconds in (43_200, 7_200)]
    ids = [candidate["candidate_id"] for candidate in candidates]
    for id in ids:
        await desk.dry_run(id, SOON - timedelta(days=1), desk.now.at)
    prepared = [Session(desk.mongo, desk.now) for _ in ids]
    for session, id in zip(prepared, ids, strict=True):
        await rules.publish(session.unit(Cause("test", "test")), who, id)
    await prepared[first].commit()
    with pytest.raises(Conflict):
        await prepared[1 - first].commit()
    with pytest.raises(RulesHaveChanged):
        await rules.publish(Session(desk.mongo, desk.now).unit(Cause("test", "test")), who, ids[1 - first])
