"""A mediator asks a side for what is missing; nothing is decided until it comes or its time is over (casework, section 4)."""

import base64
from datetime import datetime
from typing import Any

import pytest
from disputes_desk import (
    AGENT,
    BUYER,
    MEDIATOR,
    SELLER,
    a_dispute,
    a_mediated_dispute,
    an_offer,
    decision,
)

from chassis.testing import told
from chassis.testing.desk import Desk, Json
from ombud_contracts.events.sla_monitor import BreachWithdrawn, ClockBreached, ClockEvent, ClockStarted, ClockVoided
from ombud_contracts.events.ticketing import TraceSegment

SUPERVISOR = "supervisor:sup_1"
RECEIPT = {"of": "seller", "kind": "receipt"}
ENDED = "disputes.evidence_request_ended"


def head(dispute_id: str, round: int = 1) -> dict[str, Any]:
    of_clock = {"clock_id": f"clk_{dispute_id}", "kind": "evidence", "owner": "seller", "round": round}
    return {**of_clock, "case_id": "cas_1", "subject": dispute_id, "about": "dispute"}


async def hears(desk: Desk, event: ClockEvent, sequence: int, at: datetime | None = None) -> None:
    await desk.hears(told(event, event.clock_id, sequence, case_id="cas_1", at=at or desk.clock()))


def breach(dispute_id: str, due_by: datetime, round: int = 1, trace: tuple[TraceSegment, ...] = ()) -> ClockBreached:
    return ClockBreached(
        **head(dispute_id, round),
        due_by=due_by,
        emitted_late=False,
        still_owed=True,
        on_silence="decided_on_what_is_there",
        policy_version="3",
        calendar_version="1",
        trace=trace,
    )


async def asks(desk: Desk, id: str, body: dict[str, str] = RECEIPT, who: str = MEDIATOR) -> Json:
    return await desk.done(who, f"/disputes/{id}/evidence-requests", body)


async def submits(desk: Desk, id: str, who: str, kind: str) -> Json:
    content = base64.b64encode(b"Bought in Riga.").decode()
    return await desk.done(who, f"/disputes/{id}/evidence", {"kind": kind, "content_base64": content})


async def refused(desk: Desk, who: str, path: str, body: object = None) -> str:
    before = await desk.told()
    answer = await desk.post(who, path, body)
    assert answer.status_code == 409, answer.text
    assert await desk.told() == before
    return str(answer.json()["type"].rpartition("/")[2].rpartition(":")[2])


def statuses(shown: Json) -> list[str]:
    return [request["status"] for request in shown["evidence_requests"]]


async def test_both_sides_see_what_is_asked_of_whom_and_by_when(casework: Desk) -> None:
    id = await a_mediated_dispute(casework)
    (request,) = (await asks(casework, id))["evidence_requests"]
    assert request == {
        "request_id": request["request_id"],
        "of": "seller",
        "kind": "receipt",
        "status": "OPEN",
        "requested_at": "2026-09-15T12:00:00Z",
        "due_by": None,
    }
    due = casework.clock()
    started = ClockStarted(
        **head(id),
        due_by=due,
        started_at=due,
        mode="working_days",
        target_seconds=1,
        on_silence="decided_on_what_is_there",
        policy_version="3",
        calendar_version="1",
    )
    await hears(casework, started, 1)
    for who in (BUYER, SELLER, AGENT):
        (seen,) = (await casework.get(who, f"/disputes/{id}")).json()["evidence_requests"]
        assert seen == {**request, "due_by": "2026-09-15T12:00:00Z"}
    (event,) = await casework.events_of("disputes.evidence_requested")
    assert (event["of"], event["kind"], event["by"]) == ("seller", "receipt", "mediator")


async def test_nothing_is_decided_and_nothing_else_asked_until_it_comes(casework: Desk) -> None:
    id = await a_mediated_dispute(casework)
    await asks(casework, id)
    for path, body in (
        (f"/disputes/{id}/decision", decision()),
        (f"/disputes/{id}/decision/preview", decision()),
        (f"/disputes/{id}/evidence-requests", {"of": "buyer", "kind": "photo"}),
    ):
        assert await refused(casework, MEDIATOR, path, body) == "evidence_awaited"
    assert statuses(await submits(casework, id, SELLER, "photo")) == ["OPEN"], "something else"
    assert statuses(await submits(casework, id, BUYER, "receipt")) == ["OPEN"], "of somebody else"
    assert statuses(await submits(casework, id, SELLER, "receipt")) == ["RECEIVED"]
    (ended,) = await casework.events_of(ENDED)
    assert ended["outcome"] == "RECEIVED"
    assert (await casework.done(MEDIATOR, f"/disputes/{id}/decision", decision()))["stage"] == "DECIDED"


async def test_silence_ends_the_request_and_it_is_decided_on_what_is_there(casework: Desk) -> None:
    id = await a_mediated_dispute(casework)
    await asks(casework, id)
    casework.clock.advance(days=3)
    for _again in range(2):
        await hears(casework, breach(id, casework.clock()), 2)
    assert [e["outcome"] for e in await casework.events_of(ENDED)] == ["LAPSED"]
    late = await submits(casework, id, SELLER, "receipt")
    assert (statuses(late), len(late["evidence"])) == (["LAPSED"], 1), "late evidence is taken until the decision"
    assert (await casework.done(MEDIATOR, f"/disputes/{id}/decision", decision()))["stage"] == "DECIDED"


async def test_the_silence_of_an_earlier_request_ends_no_later_one(casework: Desk) -> None:
    """INVARIANT: would break if a breach that is heard late cut off a side that was asked for something else since."""
    id = await a_mediated_dispute(casework)
    await asks(casework, id)
    due_by = casework.clock()
    casework.clock.advance(hours=1)
    await submits(casework, id, SELLER, "receipt")
    await asks(casework, id, {"of": "seller", "kind": "imei_check"})
    await hears(casework, breach(id, due_by), 2, at=due_by)
    assert statuses((await casework.get(BUYER, f"/disputes/{id}")).json()) == ["RECEIVED", "OPEN"]


async def test_the_silence_of_an_answered_request_ends_no_later_one_that_was_made_before_its_end(
    casework: Desk,
) -> None:
    """INVARIANT: a request has its own time; would break if one whose answer the monitor has not heard yet took it away."""
    id = await a_mediated_dispute(casework)
    await asks(casework, id)
    began = casework.clock()
    casework.clock.advance(days=2, hours=23)
    await submits(casework, id, SELLER, "receipt")
    await asks(casework, id, {"of": "seller", "kind": "imei_check"})
    casework.clock.advance(hours=1)
    ends = casework.clock()
    ran = TraceSegment(
        from_at=began, to_at=ends, counted=True, seconds=3 * 86_400, cause="working_days", calendar_version="1"
    )
    await hears(casework, breach(id, ends, trace=(ran,)), 2)
    assert statuses((await casework.get(SELLER, f"/disputes/{id}")).json()) == ["RECEIVED", "OPEN"]


@pytest.mark.rule("S-3")
async def test_each_request_has_an_id_of_its_own_however_often_one_lapses_wrongly(casework: Desk) -> None:
    """Would break if a request could not be told from the one that it repeats."""
    id = await a_mediated_dispute(casework)
    await asks(casework, id)
    for place in (2, 4):
        casework.clock.advance(days=3)
        await hears(casework, breach(id, casework.clock()), place)
        withdrawn = BreachWithdrawn(**head(id), cause="time_credited", withdrawn_at=casework.clock())
        await hears(casework, withdrawn, place + 1)
    requests = (await casework.get(SELLER, f"/disputes/{id}")).json()["evidence_requests"]
    assert [request["status"] for request in requests] == ["LAPSED", "LAPSED", "OPEN"]
    assert len({request["request_id"] for request in requests}) == 3


@pytest.mark.rule("S-3")
async def test_what_lapsed_by_a_deadline_that_had_not_passed_is_asked_for_anew_once(casework: Desk) -> None:
    id = await a_mediated_dispute(casework)
    await asks(casework, id)
    casework.clock.advance(days=3)
    await hears(casework, breach(id, casework.clock()), 2)
    withdrawn = BreachWithdrawn(**head(id), cause="time_credited", withdrawn_at=casework.clock())
    for _again in range(2):
        await hears(casework, withdrawn, 3)
    shown = (await casework.get(SELLER, f"/disputes/{id}")).json()
    assert statuses(shown) == ["LAPSED", "OPEN"]
    first, second = await casework.events_of("disputes.evidence_requested")
    assert (first["of"], first["kind"]) == (second["of"], second["kind"])
    assert first["request_id"] != second["request_id"]


@pytest.mark.rule("S-3")
async def test_what_came_meanwhile_is_not_asked_for_anew(casework: Desk) -> None:
    id = await a_mediated_dispute(casework)
    await asks(casework, id)
    casework.clock.advance(days=3)
    await hears(casework, breach(id, casework.clock()), 2)
    await submits(casework, id, SELLER, "receipt")
    await hears(casework, BreachWithdrawn(**head(id), cause="time_credited", withdrawn_at=casework.clock()), 3)
    assert statuses((await casework.get(SELLER, f"/disputes/{id}")).json()) == ["LAPSED"]


async def test_a_request_that_is_withdrawn_holds_nothing_up(casework: Desk) -> None:
    id = await a_mediated_dispute(casework)
    (request,) = (await asks(casework, id))["evidence_requests"]
    path = f"/disputes/{id}/evidence-requests/{request['request_id']}/withdrawal"
    stale = await casework.post(SUPERVISOR, path, if_match='"1-stale-0"')
    assert (stale.status_code, ENDED in await casework.told()) == (412, False)
    for _again in range(2):
        assert statuses(await casework.done(SUPERVISOR, path)) == ["WITHDRAWN"]
    assert [e["outcome"] for e in await casework.events_of(ENDED)] == ["WITHDRAWN"]
    unknown = await casework.post(MEDIATOR, f"/disputes/{id}/evidence-requests/evr_9/withdrawal")
    assert unknown.status_code == 404
    assert statuses(await asks(casework, id)) == ["WITHDRAWN", "OPEN"]


async def test_mediators_alone_ask_and_only_while_they_decide(casework: Desk) -> None:
    id = await a_dispute(casework)
    path = f"/disputes/{id}/evidence-requests"
    assert await refused(casework, MEDIATOR, path, RECEIPT) == "not_a_current_stage"
    offer_id = await an_offer(casework, id, "PARTIAL_REFUND", 3_000)
    await casework.done(BUYER, f"/disputes/{id}/offers/{offer_id}/acceptance")
    assert await refused(casework, MEDIATOR, path, RECEIPT) == "not_a_current_stage"
    for who, status in ((BUYER, 403), (SELLER, 403), (AGENT, 403), ("buyer:buy_9", 404), ("mediator:med_1:ee", 404)):
        assert (await casework.post(who, path, RECEIPT)).status_code == status
    for body in ({"of": "agent", "kind": "photo"}, {"of": "buyer"}, {"of": "buyer", "kind": "two words"}):
        assert (await casework.post(MEDIATOR, path, body)).status_code == 422


async def test_a_request_ends_with_its_dispute(casework: Desk) -> None:
    id = await a_mediated_dispute(casework)
    await asks(casework, id)
    assert statuses(await casework.done(BUYER, f"/disputes/{id}/withdrawal")) == ["ENDED"]
    assert await refused(casework, MEDIATOR, f"/disputes/{id}/evidence-requests", RECEIPT) == "not_a_current_stage"


@pytest.mark.rule("S-3")
@pytest.mark.parametrize("order", [(5, 6), (6, 5)], ids=["in order", "replayed"])
async def test_a_withdrawal_that_is_replayed_has_the_evidence_asked_for_anew(
    casework: Desk, order: tuple[int, int]
) -> None:
    id = await a_mediated_dispute(casework)
    await asks(casework, id)
    casework.clock.advance(days=3)
    at = casework.clock()
    await hears(casework, breach(id, at), 2)
    told_by = {
        5: BreachWithdrawn(**head(id), cause="time_credited", withdrawn_at=at),
        6: ClockVoided(**head(id), cause="evidence_request_ended", voided_at=at),
    }
    for place in order:
        await hears(casework, told_by[place], place)
    assert statuses((await casework.get(SELLER, f"/disputes/{id}")).json()) == ["LAPSED", "OPEN"]
