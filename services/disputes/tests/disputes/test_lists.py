"""Lists of disputes: by what is due, each with who owes it; everybody sees their own, staff those of their markets."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from disputes_desk import AGENT, BUYER, MEDIATOR, PLACED, SELLER, a_dispute, opened
from disputes_situations import NOON

from chassis.testing import told
from chassis.testing.desk import Desk
from ombud_contracts.events import marketplace, sla_monitor, ticketing

DUE = NOON + timedelta(days=3)
HEAD: dict[str, Any] = {"case_id": "cas_1", "about": "dispute"}
PINNED: dict[str, Any] = {"policy_version": "2", "calendar_version": "1"}


def started(
    dispute_id: str, due_by: datetime, kind: str = "negotiation", owner: str = "seller", round: int = 1
) -> sla_monitor.ClockStarted:
    return sla_monitor.ClockStarted(
        **HEAD,
        **PINNED,
        clock_id=f"clk_{kind}_{dispute_id}",
        kind=kind,
        subject=dispute_id,
        owner=owner,
        round=round,
        started_at=NOON,
        due_by=due_by,
        mode="working_days",
        target_seconds=86_400,
        on_silence="escalation_window_opens" if kind == "negotiation" else "supervisor_alarm",
    )


def breached(start: sla_monitor.ClockStarted) -> sla_monitor.ClockBreached:
    same = {name: getattr(start, name) for name in (*HEAD, *PINNED, "clock_id", "kind", "subject", "owner", "round")}
    late: dict[str, Any] = {"emitted_late": False, "still_owed": True, "on_silence": "supervisor_alarm", "trace": ()}
    return sla_monitor.ClockBreached(**same, **late, due_by=start.due_by)


def follow(start: sla_monitor.ClockStarted, event: type[Any], **said: Any) -> Any:
    head = {name: getattr(start, name) for name in (*HEAD, "clock_id", "kind", "subject", "owner", "round")}
    return event(**head, **said)


async def clocks(desk: Desk, *events: sla_monitor.ClockEvent, first: int = 1) -> None:
    for sequence, event in enumerate(events, first):
        await desk.hears(told(event, event.clock_id, sequence, case_id=event.case_id))


async def listed(desk: Desk, who: str, query: str = "") -> list[str]:
    answer = await desk.get(who, f"/disputes{query}")
    assert answer.status_code == 200, answer.text
    return [row["dispute_id"] for row in answer.json()["disputes"]]


async def row_of(desk: Desk, dispute_id: str, query: str = "?order=newest") -> dict[str, Any]:
    rows = (await desk.get(AGENT, f"/disputes{query}")).json()["disputes"]
    return next(row for row in rows if row["dispute_id"] == dispute_id)


async def two(desk: Desk) -> tuple[str, str]:
    """Have the buyer open two disputes of one line; the later is due earlier."""
    first = await a_dispute(desk)
    desk.clock.advance(hours=1)
    second = await a_dispute(desk, reason="LATE")
    await clocks(desk, started(first, DUE))
    await clocks(desk, started(second, DUE - timedelta(days=1)))
    return first, second


@pytest.mark.rule("S-5")
async def test_disputes_are_listed_by_what_is_due_first_with_who_owes_it(casework: Desk) -> None:
    first, second = await two(casework)
    assert await listed(casework, AGENT) == [second, first]
    assert await listed(casework, AGENT, "?order=oldest") == [first, second]
    assert await listed(casework, AGENT, "?order=newest") == [second, first]
    shown = await row_of(casework, first, "")
    assert (shown["owed"], shown["owed_by"], shown["on_silence"]) == (
        "negotiation",
        "seller",
        "escalation_window_opens",
    )
    assert datetime.fromisoformat(shown["due_by"]) == DUE
    assert (shown["stage"], shown["market"], shown["breached"]) == ("NEGOTIATION", "lv", False)


@pytest.mark.rule("S-5")
async def test_a_deadline_is_what_its_clock_last_said(casework: Desk) -> None:
    """INVARIANT: S-5; would break if disputes counted days itself, or believed what an older event says."""
    id = await a_dispute(casework)
    start, later = started(id, DUE), DUE + timedelta(days=1)
    moved = follow(
        start,
        sla_monitor.DeadlineMoved,
        cause="outage_credit",
        was_due_by=DUE,
        due_by=later,
        calendar_version="1",
        trace_before=(),
        trace_after=(),
    )
    await clocks(casework, start, moved)
    assert datetime.fromisoformat((await row_of(casework, id))["due_by"]) == later
    await clocks(casework, start)  # replayed
    assert datetime.fromisoformat((await row_of(casework, id))["due_by"]) == later
    met = follow(start, sla_monitor.ClockSatisfied, verdict="MET", satisfied_at=NOON, due_by=later)
    await clocks(casework, met, first=3)
    assert (await row_of(casework, id))["due_by"] is None
    assert await listed(casework, AGENT) == []


async def test_a_round_that_never_was_is_due_no_longer(casework: Desk) -> None:
    id = await a_dispute(casework)
    start = started(id, DUE)
    await clocks(casework, start, follow(start, sla_monitor.RoundSuperseded, cause="late_fact", superseded_at=NOON))
    assert (await row_of(casework, id))["due_by"] is None


async def test_what_is_overdue_stands_first_until_it_is_done(casework: Desk) -> None:
    first, second = await two(casework)
    await casework.done(AGENT, f"/disputes/{first}/escalation")
    negotiation, mediation = started(first, DUE), started(first, DUE - timedelta(days=2), "mediation", "mediator")
    met = follow(negotiation, sla_monitor.ClockSatisfied, verdict="MET", satisfied_at=NOON, due_by=DUE)
    await clocks(casework, met, first=2)
    await clocks(casework, mediation, breached(mediation))
    assert await listed(casework, MEDIATOR) == [first, second]
    assert await listed(casework, MEDIATOR, "?breached=true") == [first]
    assert await listed(casework, MEDIATOR, "?breached=false") == [second]
    assert await listed(casework, MEDIATOR, "?stage=MEDIATION") == [first]
    assert (await row_of(casework, first))["owed_by"] == "mediator"
    await casework.done(BUYER, f"/disputes/{first}/withdrawal")
    assert await listed(casework, MEDIATOR, "?breached=true&order=newest") == []
    assert await listed(casework, MEDIATOR, "?stage=WITHDRAWN&order=newest") == [first]
    assert (await row_of(casework, first))["due_by"] is None


async def test_a_window_that_runs_is_due_not_the_negotiation_that_passed(casework: Desk) -> None:
    id = await a_dispute(casework)
    start, window = started(id, DUE), started(id, DUE + timedelta(days=21), "escalation_window", "buyer")
    await clocks(casework, start, breached(start))
    assert (await row_of(casework, id))["owed"] == "negotiation"
    await clocks(casework, window)
    shown = await row_of(casework, id)
    assert (shown["owed"], shown["owed_by"], shown["breached"]) == ("escalation_window", "buyer", True)


async def test_everybody_lists_their_own_and_staff_their_markets(casework: Desk) -> None:
    """INVARIANT: section 8; would break if a list were filtered by anything but who asks."""
    first, second = await two(casework)
    for who in (BUYER, SELLER, AGENT, "agent:agt_2:lv,pt"):
        assert await listed(casework, who) == [second, first]
    for who in ("buyer:buy_9", "seller:sel_9", "agent:agt_2:pt", "buyer:sel_2", "seller:buy_1"):
        assert await listed(casework, who) == []
    assert await listed(casework, "seller:sel_9", "?seller_id=sel_2") == []
    assert await listed(casework, AGENT, "?seller_id=sel_2") == [second, first]
    assert await listed(casework, AGENT, "?seller_id=sel_9") == []
    assert await listed(casework, AGENT, "?market=lv&reason=LATE") == [second]
    assert await listed(casework, AGENT, "?market=pt") == []
    assert (await casework.get("agent:agt_2:pt", "/disputes?market=lv")).status_code == 404
    assert (await casework.get(AGENT, "/disputes?market=xx")).status_code == 404
    assert (await casework.get("system:sys", "/disputes")).status_code == 403
    assert "buy_1" not in (await casework.get(SELLER, "/disputes")).text


async def test_a_list_is_read_in_pages_that_belong_to_it_and_its_reader(casework: Desk) -> None:
    first, second = await two(casework)
    page = (await casework.get(AGENT, "/disputes?limit=1")).json()
    assert [d["dispute_id"] for d in page["disputes"]] == [second]
    rest = (await casework.get(AGENT, f"/disputes?limit=5&cursor={page['next_cursor']}")).json()
    assert ([d["dispute_id"] for d in rest["disputes"]], rest["next_cursor"]) == ([first], None)
    for who, query in ((MEDIATOR, "?"), (AGENT, "?order=oldest&"), (AGENT, "?market=lv&")):
        refused = await casework.get(who, f"/disputes{query}cursor={page['next_cursor']}")
        assert refused.status_code == 400


async def test_a_dispute_that_was_kept_before_deadlines_were_is_listed_by_age(casework: Desk) -> None:
    id = await a_dispute(casework)
    earlier = ["due_by", "breached", "state.deadlines"]
    await casework.mongo.change("disputes", {"_id": id}, [{"$unset": earlier}])
    assert await listed(casework, BUYER, "?order=oldest") == [id]
    assert await listed(casework, AGENT, "?breached=false&order=oldest") == [id]
    await clocks(casework, started(id, DUE))
    assert await listed(casework, AGENT) == [id]


async def test_a_clock_about_another_dispute_or_an_offer_changes_nothing(casework: Desk) -> None:
    order = PLACED.model_copy(update={"order_id": "ord_8"})
    case = opened("cas_8").model_copy(update={"order_id": "ord_8"})
    assert isinstance(order, marketplace.OrderPlaced)
    assert isinstance(case, ticketing.CaseOpened)
    await casework.hears(order, case)
    id, other = await a_dispute(casework), await a_dispute(casework, "cas_8")
    offer = started("ofr_1", DUE, "offer_answer", "recipient").model_copy(update={"about": "offer"})
    await clocks(casework, offer)
    await clocks(casework, started(other, DUE).model_copy(update={"case_id": "cas_8"}))
    assert await listed(casework, AGENT) == [other]
    assert (await row_of(casework, id))["due_by"] is None
