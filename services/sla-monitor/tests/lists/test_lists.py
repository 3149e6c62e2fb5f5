"""Who owes what by when, and a seller's punctuality: as lists and figures that open into each other."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from statistics import median_low

import pytest
from marketplace_of_clocks import Monitor, a_monitor
from prometheus_client import REGISTRY

from chassis.aggregate import Cause, Session
from chassis.store import Conflict
from chassis.testing import FixedClock
from ombud_contracts import Event
from ombud_contracts.events.messaging import ReplyWaived
from ombud_contracts.events.ticketing import TakeoverActivated
from ombud_contracts.golden import golden_example
from sla_monitor.clocks.domain.clock import RecordFact, decide, evolve
from sla_monitor.clocks.domain.clock_event import ClockRef
from sla_monitor.clocks.domain.fact import Fact
from sla_monitor.clocks.obligations import OBLIGATIONS, rows_of
from sla_monitor.clocks.publish import clock_id
from sla_monitor.clocks.store import CASES, CASES_COLLECTION, CLOCKS, CLOCKS_COLLECTION
from sla_monitor.lists.jobs import Owing
from sla_monitor.lists.store import count_unannounced, owed_now
from sla_monitor.rules.domain.policy import ClockKind
from sla_monitor.rules.domain.signal import Signal

MONDAY = datetime(2026, 9, 14, 7, tzinfo=UTC)
"""10:00 in Riga."""
SELLER, OTHER = "seller:sel_1", "seller:sel_2"
HOUR = timedelta(hours=1)


@pytest.fixture
async def monitor() -> AsyncIterator[Monitor]:
    async with a_monitor() as made:
        yield made


def reply(case_id: str) -> str:
    return clock_id(ClockRef(case_id, ClockKind("reply"), "", "lv"))


async def seller_of(monitor: Monitor, case_id: str) -> str | None:
    found = await monitor.mongo.find_one(CLOCKS_COLLECTION, {"_id": reply(case_id)})
    assert found is not None
    clock = await Session(monitor.mongo, FixedClock()).unit(Cause("test", "test")).read(CLOCKS, reply(case_id))
    assert clock is not None
    assert found["seller_id"] == clock.seller_id
    return clock.seller_id


# -- Whose clock it is ----------------------------------------------------------------------------------------------------


async def test_a_clock_knows_its_seller_whether_the_case_or_the_message_is_heard_first(monitor: Monitor) -> None:
    await monitor.open("cas_1", "sel_1", MONDAY)
    await monitor.say("cas_1", "buyer", MONDAY)
    await monitor.say("cas_2", "buyer", MONDAY)
    assert [await seller_of(monitor, c) for c in ("cas_1", "cas_2")] == ["sel_1", None]
    await monitor.open("cas_2", "sel_1", MONDAY)
    assert await seller_of(monitor, "cas_2") == "sel_1"
    assert {o["case_id"] for o in await monitor.pages(SELLER, "/sellers/sel_1/obligations")} == {"cas_1", "cas_2"}


async def test_a_message_and_its_case_in_one_transaction_find_each_other(monitor: Monitor) -> None:
    await monitor.take(monitor.message("cas_1", "buyer", MONDAY), monitor.opening("cas_1", "sel_1", MONDAY))
    assert await seller_of(monitor, "cas_1") == "sel_1"


async def test_of_a_message_and_its_case_at_the_same_moment_one_is_done_again(monitor: Monitor) -> None:
    """INVARIANT: no clock stays without its seller; would break if the two transactions wrote nothing in common."""
    message, opening = monitor.message("cas_1", "buyer", MONDAY), monitor.opening("cas_1", "sel_1", MONDAY)
    first, second = await monitor.prepared(message), await monitor.prepared(opening)
    await first.commit()
    with pytest.raises(Conflict):
        await second.commit()
    await monitor.take(opening)
    assert await seller_of(monitor, "cas_1") == "sel_1"


async def test_a_round_that_ended_before_the_case_was_heard_of_counts_for_its_seller(monitor: Monitor) -> None:
    await monitor.say("cas_1", "buyer", MONDAY)
    await monitor.say("cas_1", "seller", MONDAY + HOUR)
    await monitor.open("cas_1", "sel_1", MONDAY)
    shown = (await monitor.ask(SELLER, "/sellers/sel_1/punctuality", **WINDOW)).json()
    assert (shown["obligations"], shown["answered_in_time"]) == (1, 1)


async def test_replayed_openings_change_nothing(monitor: Monitor) -> None:
    await monitor.open("cas_1", "sel_1", MONDAY)
    before = (await monitor.mongo.load(CASES_COLLECTION, ["cas_1"]))["cas_1"]
    await monitor.open("cas_1", "sel_2", MONDAY)
    after = (await monitor.mongo.load(CASES_COLLECTION, ["cas_1"]))["cas_1"]
    assert CASES.decode(after.state) == CASES.decode(before.state)


# -- What is owed ---------------------------------------------------------------------------------------------------------


async def owing(monitor: Monitor, number: int, seller: str = "sel_1") -> None:
    for n in range(number):
        at = MONDAY + timedelta(minutes=(n * 7) % number)
        await monitor.open(f"cas_{seller}_{n}", seller, at)
        await monitor.say(f"cas_{seller}_{n}", "buyer", at)


async def test_what_a_seller_owes_is_sorted_by_deadline_over_pages(monitor: Monitor) -> None:
    await owing(monitor, 5)
    await owing(monitor, 2, "sel_2")
    monitor.now.at = MONDAY + 2 * HOUR
    owed = await monitor.pages(SELLER, "/sellers/sel_1/obligations", limit=4)
    assert [o["due_by"] for o in owed] == sorted(o["due_by"] for o in owed)
    assert len({o["clock_id"] for o in owed}) == len(owed) == 15, "5 replies, 5 first and 5 total resolutions"
    assert owed[0]["clock_id"] == reply("cas_sel_1_0")
    assert owed[0]["seconds_left"] == 22 * 3600
    assert (owed[0]["verdict"], owed[0]["on_silence"]) == ("RUNNING", "takeover_missed_deadline")
    assert not [o for o in owed if "sel_2" in o["case_id"]]


async def test_an_answered_message_is_owed_no_more(monitor: Monitor) -> None:
    await owing(monitor, 1)
    await monitor.say("cas_sel_1_0", "seller", MONDAY + HOUR)
    kinds = [o["kind"] for o in await monitor.pages(SELLER, "/sellers/sel_1/obligations")]
    assert kinds == ["first_resolution", "total_resolution"]


@pytest.mark.parametrize("list_", ["obligations", "punctuality", "punctuality/obligations"])
@pytest.mark.parametrize("who", [OTHER, "buyer:buy_1", "agent:agt_1:pt", "agent:agt_1:none"])
async def test_others_see_no_seller(monitor: Monitor, who: str, list_: str) -> None:
    """INVARIANT: S1; would break if a list were read without asking whose it is."""
    await owing(monitor, 1)
    assert (await monitor.ask(who, f"/sellers/sel_1/{list_}")).status_code == 404
    assert (await monitor.ask("agent:agt_1:lv", f"/sellers/sel_1/{list_}")).status_code == 200
    assert (await monitor.ask("agent:agt_1:lv", f"/sellers/sel_1/{list_}", market="pt")).status_code == 404
    assert (await monitor.ask("agent:agt_1", f"/sellers/sel_none/{list_}")).status_code == 404
    assert (await monitor.ask("seller:sel_none", f"/sellers/sel_none/{list_}")).status_code == 200


@pytest.mark.parametrize("list_", ["/obligations", "/obligations/unannounced"])
async def test_lists_over_all_sellers_are_for_staff_and_of_their_markets(monitor: Monitor, list_: str) -> None:
    await owing(monitor, 1)
    monitor.now.at = MONDAY + timedelta(days=30)
    seen = {who: await monitor.ask(who, list_, owed_by="seller") for who in STAFF_AND_OTHERS}
    assert [answer.status_code for answer in seen.values()] == [200, 200, 404, 404, 404]
    assert [len(seen[who].json()["obligations"]) for who in STAFF_AND_OTHERS[:2]] == [3, 0]


STAFF_AND_OTHERS = ("agent:agt_1:lv", "agent:agt_1:pt", "agent:agt_1:none", SELLER, "buyer:buy_1")


async def test_what_the_platform_owes_is_a_list_of_its_own(monitor: Monitor) -> None:
    await owing(monitor, 1)
    assert (await monitor.ask("agent:agt_1", "/obligations")).json()["obligations"] == []
    owed = (await monitor.ask("agent:agt_1", "/obligations", owed_by="seller")).json()["obligations"]
    assert {o["owner"] for o in owed} == {"seller"}


async def test_only_what_is_past_its_deadline_is_overdue(monitor: Monitor) -> None:
    await owing(monitor, 2)
    at_deadline = MONDAY + timedelta(days=1)
    monitor.now.at = at_deadline
    ask = {"owed_by": "seller", "overdue": True}
    assert await monitor.pages("agent:agt_1", "/obligations", **ask) == []
    monitor.now.at = at_deadline + timedelta(milliseconds=1)
    (late,) = await monitor.pages("agent:agt_1", "/obligations", **ask)
    assert (late["case_id"], late["verdict"], late["seconds_left"]) == ("cas_sel_1_0", "BREACHED", 0)


async def test_the_unannounced_are_counted_over_all_shards_and_listed(monitor: Monitor) -> None:
    """INVARIANT: the alarm needs no lease; would break if it counted the shards that a replica holds."""
    await owing(monitor, 5)
    half = MONDAY + timedelta(hours=12)
    assert await count_unannounced(monitor.mongo, half) == 0
    monitor.now.at = half + timedelta(minutes=10)
    assert await count_unannounced(monitor.mongo, monitor.now.at) == 5
    listed = await monitor.pages("agent:agt_1", "/obligations/unannounced", limit=2)
    assert sorted(o["clock_id"] for o in listed) == sorted(reply(f"cas_sel_1_{n}") for n in range(5))


async def test_what_is_owed_and_late_is_shown_by_market_and_role_from_an_index_alone(monitor: Monitor) -> None:
    """INVARIANT: would break if the figures read documents, or what is owed no longer stayed on the screen."""

    def shown(name: str, owner: str) -> float | None:
        return REGISTRY.get_sample_value(name, {"market": "lv", "owner": owner})

    await owing(monitor, 4)
    assert await owed_now(monitor.mongo, ["lv"], MONDAY) == [
        {"market": "lv", "owner": "seller", "owed": 12, "overdue": 0}
    ]
    assert await owed_now(monitor.mongo, ["pt"], MONDAY) == []
    late = await owed_now(monitor.mongo, ["lv"], MONDAY + timedelta(days=30))
    assert [row["overdue"] for row in late] == [12]
    owing_now = Owing(monitor.mongo, ["lv"])
    await monitor.mongo.database.command("profile", 2)
    await owing_now.count()
    await monitor.mongo.database.command("profile", 0)
    (plan,) = await monitor.mongo.database["system.profile"].find({"command.aggregate": "clocks"}).to_list(10)
    assert (plan["planSummary"].startswith("IXSCAN"), plan["docsExamined"]) == (True, 0)
    assert shown("ombud_sla_owed", "seller") == 12
    await monitor.mongo.database["clocks"].delete_many({})
    await owing_now.count()
    assert (shown("ombud_sla_owed", "seller"), shown("ombud_sla_owed_overdue", "seller")) == (0, 0)


async def test_a_cursor_belongs_to_its_list_and_its_reader(monitor: Monitor) -> None:
    await owing(monitor, 2)
    path = "/sellers/sel_1/obligations"
    cursor = (await monitor.ask(SELLER, path, limit=1)).json()["next_cursor"]
    assert (await monitor.ask(SELLER, path, cursor=cursor)).status_code == 200
    assert (await monitor.ask("agent:agt_1", path, cursor=cursor)).status_code == 400
    assert (await monitor.ask(SELLER, f"/sellers/sel_1/punctuality{path[14:]}", cursor=cursor)).status_code == 400


# -- Punctuality ----------------------------------------------------------------------------------------------------------

WINDOW = {"from": MONDAY.isoformat(), "to": (MONDAY + timedelta(days=28)).isoformat()}


async def answered(monitor: Monitor, case_id: str, began: datetime, after: timedelta | None) -> None:
    await monitor.open(case_id, "sel_1", began)
    await monitor.say(case_id, "buyer", began)
    if after is not None:
        await monitor.say(case_id, "seller", began + after)


async def a_month_of_answers(monitor: Monitor) -> None:
    """Nine in time (one over a weekend), two late, one never; one not due yet, one before the window, one of another."""
    for n in range(8):
        await answered(monitor, f"cas_{n}", MONDAY + n * HOUR, (n % 3 + 1) * HOUR)
    friday = MONDAY + timedelta(days=4)
    await answered(monitor, "cas_weekend", friday, timedelta(days=3))
    await answered(monitor, "cas_late_1", MONDAY, 25 * HOUR)
    await answered(monitor, "cas_late_2", MONDAY + HOUR, 50 * HOUR)
    await answered(monitor, "cas_never", MONDAY + timedelta(days=2), None)
    await answered(monitor, "cas_running", MONDAY + timedelta(days=21), None)
    await answered(monitor, "cas_before", MONDAY - timedelta(days=3), HOUR)
    await monitor.open("cas_other", "sel_2", MONDAY)
    await monitor.say("cas_other", "buyer", MONDAY)
    monitor.now.at = MONDAY + timedelta(days=21, hours=1)


async def test_a_sellers_figures_recompute_exactly_from_the_obligations_behind_them(monitor: Monitor) -> None:
    """INVARIANT: a figure opens into what it was made of; would break if both did not read the same documents."""
    await a_month_of_answers(monitor)
    shown = (await monitor.ask(SELLER, "/sellers/sel_1/punctuality", **WINDOW)).json()
    behind = await monitor.pages(SELLER, "/sellers/sel_1/punctuality/obligations", limit=5, **WINDOW)
    verdicts = [o["verdict"] for o in behind]
    times = sorted(o["counted_seconds"] for o in behind if o["verdict"] in ("MET", "MET_LATE"))
    assert shown["obligations"] == len(behind) == 12
    assert shown["answered_in_time"] == verdicts.count("MET") == 9
    assert shown["answered_late"] == verdicts.count("MET_LATE") == 2
    assert shown["not_answered_in_time"] == verdicts.count("BREACHED") == 1
    assert shown["share_in_time"] == round(verdicts.count("MET") / len(verdicts), 4) == 0.75
    assert shown["median_answer_seconds"] == median_low(times) == 2 * 3600
    assert shown["p90_answer_seconds"] == times[-(-len(times) * 90 // 100) - 1] == 25 * 3600
    assert [o["started_at"] for o in behind] == sorted(o["started_at"] for o in behind)


async def test_waived_and_void_obligations_say_nothing_about_a_seller(monitor: Monitor) -> None:
    for case_id, ending in (("cas_waived", waived("cas_waived")), ("cas_void", taken_over("cas_void"))):
        await answered(monitor, case_id, MONDAY, None)
        await monitor.take(monitor.received(ending, case_id, MONDAY + HOUR))
    kept = await monitor.mongo.find(OBLIGATIONS, {"kind": "reply"}, limit=10)
    assert sorted((d["verdict"], d["counts"]) for d in kept) == [("VOID", False), ("WAIVED", False)]
    monitor.now.at = MONDAY + timedelta(days=9)
    shown = (await monitor.ask(SELLER, "/sellers/sel_1/punctuality", **WINDOW)).json()
    assert shown["obligations"] == 0
    assert await monitor.pages(SELLER, "/sellers/sel_1/punctuality/obligations", **WINDOW) == []


def waived(case_id: str) -> Event:
    return ReplyWaived(case_id=case_id, by="buyer", waived_at=MONDAY + HOUR)


def taken_over(case_id: str) -> Event:
    example = TakeoverActivated.model_validate(golden_example(TakeoverActivated)["data"])
    return example.model_copy(update={"case_id": case_id})


@pytest.mark.parametrize(("number", "median", "p90"), [(1, 1, 1), (2, 1, 2), (4, 2, 4), (10, 5, 9)])
async def test_percentiles_are_the_times_of_real_obligations(
    monitor: Monitor, number: int, median: int, p90: int
) -> None:
    for n in range(number):
        await answered(monitor, f"cas_{n}", MONDAY, (n + 1) * HOUR)
    shown = (await monitor.ask(SELLER, "/sellers/sel_1/punctuality", **WINDOW)).json()
    assert (shown["median_answer_seconds"], shown["p90_answer_seconds"]) == (median * 3600, p90 * 3600)


async def test_closed_time_is_not_in_the_time_to_answer(monitor: Monitor) -> None:
    await answered(monitor, "cas_1", MONDAY + timedelta(days=4), timedelta(days=3))
    (one,) = await monitor.pages(SELLER, "/sellers/sel_1/punctuality/obligations", **WINDOW)
    assert one["counted_seconds"] == 86_400, "Friday 10:00 to Monday 10:00 is one working day"


async def test_an_open_overdue_reply_counts_and_its_late_answer_moves_it(monitor: Monitor) -> None:
    await answered(monitor, "cas_1", MONDAY, None)
    monitor.now.at = MONDAY + 30 * HOUR
    path = "/sellers/sel_1/punctuality"
    (open_one,) = await monitor.pages(SELLER, f"{path}/obligations", **WINDOW)
    assert (open_one["verdict"], open_one["ended_at"]) == ("BREACHED", None)
    await monitor.say("cas_1", "seller", MONDAY + 30 * HOUR)
    (ended,) = await monitor.pages(SELLER, f"{path}/obligations", **WINDOW)
    assert (ended["verdict"], ended["clock_id"]) == ("MET_LATE", open_one["clock_id"])


async def test_an_earlier_answer_that_arrives_late_corrects_the_figures(monitor: Monitor) -> None:
    await answered(monitor, "cas_1", MONDAY, 30 * HOUR)
    await monitor.say("cas_1", "seller", MONDAY + 20 * HOUR)
    shown = (await monitor.ask(SELLER, "/sellers/sel_1/punctuality", **WINDOW)).json()
    assert (shown["answered_in_time"], shown["answered_late"]) == (1, 0)
    assert shown["median_answer_seconds"] == 20 * 3600


async def test_without_obligations_there_are_no_figures(monitor: Monitor) -> None:
    shown = (await monitor.ask(SELLER, "/sellers/sel_1/punctuality", **WINDOW)).json()
    assert (shown["obligations"], shown["share_in_time"], shown["median_answer_seconds"]) == (0, None, None)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-09-15T00:00:00Z", "2026-09-15T00:00:00Z"),
        ("2026-09-16T00:00:00Z", "2026-09-15T00:00:00Z"),
        ("2024-01-01T00:00:00Z", "2026-09-15T00:00:00Z"),
        ("0001-01-01T00:00:00+14:00", "0001-01-02T00:00:00+14:00"),
    ],
)
async def test_a_window_that_cannot_be_used_is_refused(monitor: Monitor, start: str, end: str) -> None:
    answer = await monitor.ask(SELLER, "/sellers/sel_1/punctuality", **{"from": start, "to": end})
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:ombud:problem:window_unusable"


def test_rows_follow_a_round_through_end_continuation_and_supersession(monitor: Monitor) -> None:
    """INVARIANT: the last row written of a round says what the round is; would break if a correction wrote none."""
    rules, ref = monitor.rules["lv"], ClockRef("cas_1", ClockKind("reply"), "", "lv")
    facts = [
        Fact("e1", Signal.BUYER_MESSAGE, MONDAY),
        Fact("e2", Signal.QUALIFYING_REPLY, MONDAY + HOUR),
        Fact("e3", Signal.REPLY_CONTESTED, MONDAY + 2 * HOUR),
        Fact("e4", Signal.QUALIFYING_REPLY, MONDAY + 3 * HOUR),
        Fact("e5", Signal.BUYER_MESSAGE, MONDAY + 4 * HOUR),
        Fact("e0", Signal.TAKEOVER_ACTIVATED, MONDAY - HOUR),
    ]
    state, said = None, []
    for fact in facts:
        kept: dict[str, object] = {}
        for event in decide(RecordFact(ref, fact, fact.at, rules, "sel_1"), state):
            state = evolve(state, event)
            for row in rows_of(event, state):
                assert row.collection == OBLIGATIONS
                kept[row.id.rpartition(":")[2]] = (row.document["verdict"], row.document["counts"])
        said.append(kept)
    met, back, never = ("MET", True), ("RUNNING", False), ("SUPERSEDED", False)
    assert said == [{}, {"1": met}, {"1": back}, {"1": met}, {}, {"1": never, "2": never}]
    assert CLOCKS.rows is rows_of
