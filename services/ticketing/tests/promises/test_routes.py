"""Promises by their routes: who makes them, who hears of them, and what becomes of them with their case (R-32)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from bought_phone import AGENT, BOUGHT, BUYER, CONTACT, DELIVERED, ELSEWHERE, SELLER, STRANGER
from reported_case import reported

from chassis.testing import NOON, told
from chassis.testing.desk import Desk, Json, a_desk
from ombud_contracts.events.sla_monitor import BreachWithdrawn, ClockBreached, ClockEvent, DeadlineMoved
from ticketing.app import SERVICE

pytestmark = pytest.mark.rule("R-32")
DUE = NOON + timedelta(days=2)
LABEL = {"what": "LABEL", "due_by": DUE.isoformat()}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        await made.hears(BOUGHT, DELIVERED)
        yield made


async def a_case(desk: Desk) -> str:
    return str((await desk.done(BUYER, "/cases", CONTACT))["case_id"])


async def promised(desk: Desk, case_id: str, who: str = SELLER) -> Json:
    return await desk.done(who, f"/cases/{case_id}/promises", LABEL)


async def shown(desk: Desk, case_id: str, who: str = BUYER) -> list[Json]:
    found: list[Json] = (await desk.get(who, f"/cases/{case_id}/promises")).json()["promises"]
    return found


async def refused(desk: Desk, who: str, path: str, body: dict[str, object] | None = None) -> str:
    before = await desk.told()
    answer = await desk.post(who, path, body)
    assert answer.status_code == 409, answer.text
    assert await desk.told() == before
    return str(answer.json()["type"].rpartition(":")[2].rpartition("/")[2])


def head(promise: Json, round: int) -> dict[str, Any]:
    of_clock = {"clock_id": "clk_p", "kind": "promise", "owner": promise["owner"], "round": round, "about": "promise"}
    return {**of_clock, "case_id": promise["case_id"], "subject": promise["promise_id"]}


def breach(promise: Json, round: int = 1) -> ClockBreached:
    return ClockBreached(
        **head(promise, round),
        due_by=DUE,
        emitted_late=False,
        still_owed=True,
        on_silence="promise_marked_broken_and_buyer_told",
        policy_version="1",
        calendar_version="1",
        trace=(),
    )


async def hears(desk: Desk, event: ClockEvent, sequence: int) -> None:
    await desk.hears(told(event, event.clock_id, sequence, case_id=event.case_id, at=desk.clock()))


async def notices(desk: Desk, case_id: str, who: str) -> list[str]:
    found = (await desk.get(who, f"/cases/{case_id}/notices?language=en")).json()["notices"]
    return [n["template"] for n in found if n["template"].startswith("promise")]


async def test_both_sides_and_the_desk_see_what_is_promised(desk: Desk) -> None:
    case_id = await a_case(desk)
    promise = await promised(desk, case_id)
    assert promise == {
        "promise_id": promise["promise_id"],
        "case_id": case_id,
        "what": "LABEL",
        "owner": "seller",
        "status": "OPEN",
        "made_at": "2026-09-15T12:00:00Z",
        "due_by": "2026-09-17T12:00:00Z",
        "ended_at": None,
        "late": False,
        "reason": None,
    }
    for who in (BUYER, SELLER, AGENT):
        assert await shown(desk, case_id, who) == [promise]
        assert (await desk.get(who, f"/cases/{case_id}/context")).json()["promises"] == [promise]
    (made,) = await desk.events_of("ticketing.promise_made")
    assert (made["owner"], made["by"], made["what"], made["due_by"]) == (
        "seller",
        "seller",
        "LABEL",
        "2026-09-17T12:00:00Z",
    )


async def test_who_may_promise_and_speak_for_a_promise(desk: Desk) -> None:
    case_id = await a_case(desk)
    for who, status in ((BUYER, 403), (STRANGER, 404), ("seller:sel_9", 404), (ELSEWHERE, 404)):
        assert (await desk.post(who, f"/cases/{case_id}/promises", LABEL)).status_code == status
    of_seller, of_platform = await promised(desk, case_id), await promised(desk, case_id, AGENT)
    assert of_platform["owner"] == "platform"
    for who, status in ((BUYER, 403), (STRANGER, 404), (ELSEWHERE, 404)):
        assert (await desk.post(who, f"/promises/{of_seller['promise_id']}/fulfilment")).status_code == status
    assert (await desk.post(SELLER, "/promises/prm_9/fulfilment")).status_code == 404
    path = f"/promises/{of_platform['promise_id']}"
    assert await refused(desk, SELLER, f"{path}/fulfilment") == "promise_of_other"
    assert await refused(desk, SELLER, f"{path}/withdrawal", {"reason": "no"}) == "promise_of_other"
    assert (await desk.done(AGENT, f"/promises/{of_seller['promise_id']}/fulfilment"))["status"] == "KEPT"


async def test_a_promise_is_kept_or_withdrawn_once(desk: Desk) -> None:
    case_id = await a_case(desk)
    kept, withdrawn = [f"/promises/{(await promised(desk, case_id))['promise_id']}" for _ in range(2)]
    for _again in range(2):
        assert (await desk.done(SELLER, f"{kept}/fulfilment"))["status"] == "KEPT"
        gone = await desk.done(SELLER, f"{withdrawn}/withdrawal", {"reason": "not_needed"})
        assert (gone["status"], gone["reason"]) == ("WITHDRAWN", "not_needed")
    assert await refused(desk, SELLER, f"{kept}/withdrawal", {"reason": "x"}) == "promise_ended"
    assert await refused(desk, SELLER, f"{withdrawn}/fulfilment") == "promise_ended"
    heard = await desk.told()
    assert [heard.count(f"ticketing.promise_{word}") for word in ("made", "kept", "withdrawn")] == [2, 1, 1]


async def test_the_buyer_is_told_when_it_is_broken_and_when_it_was_not(desk: Desk) -> None:
    case_id = await a_case(desk)
    promise = await promised(desk, case_id)
    desk.clock.at = DUE
    for _again in range(2):
        await hears(desk, breach(promise), 2)
    assert [p["status"] for p in await shown(desk, case_id)] == ["BROKEN"]
    assert (await notices(desk, case_id, BUYER), await notices(desk, case_id, SELLER)) == (["promise_broken"], [])
    withdrawn = BreachWithdrawn(**head(promise, 1), cause="time_credited", withdrawn_at=desk.clock())
    for _again in range(2):
        await hears(desk, withdrawn, 3)
    assert [p["status"] for p in await shown(desk, case_id)] == ["OPEN"]
    await hears(desk, breach(promise, 2), 5)
    assert await notices(desk, case_id, BUYER) == ["promise_broken", "promise_stands", "promise_broken"]
    late = await desk.done(SELLER, f"/promises/{promise['promise_id']}/fulfilment")
    assert (late["status"], late["late"]) == ("KEPT", False), (
        "the clock broke it at its instant, and it is kept at that"
    )
    assert (await desk.told()).count("ticketing.promise_broken") == 2


@pytest.mark.rule("S-3")
async def test_a_withdrawal_that_is_heard_before_its_breach_breaks_nothing(desk: Desk) -> None:
    case_id = await a_case(desk)
    promise = await promised(desk, case_id)
    await hears(desk, BreachWithdrawn(**head(promise, 1), cause="time_credited", withdrawn_at=DUE), 3)
    await hears(desk, breach(promise), 2)
    assert [p["status"] for p in await shown(desk, case_id)] == ["OPEN"]
    assert await notices(desk, case_id, BUYER) == []


async def test_what_was_kept_is_broken_by_no_clock(desk: Desk) -> None:
    case_id = await a_case(desk)
    promise = await promised(desk, case_id)
    await desk.done(SELLER, f"/promises/{promise['promise_id']}/fulfilment")
    await hears(desk, breach(promise), 2)
    assert [p["status"] for p in await shown(desk, case_id)] == ["KEPT"]
    assert await notices(desk, case_id, BUYER) == []


async def test_a_case_is_not_closed_over_an_open_promise_without_a_reason(desk: Desk) -> None:
    """INVARIANT: S-6; would break if a promise outlived its case, and the clock that watches it did not."""
    case_id = await a_case(desk)
    open_one = await promised(desk, case_id)
    await desk.done(SELLER, f"/promises/{(await promised(desk, case_id))['promise_id']}/fulfilment")
    resolution = {"outcome": "answered"}
    assert await refused(desk, AGENT, f"/cases/{case_id}/resolution", resolution) == "still_unfinished"
    await desk.done(AGENT, f"/cases/{case_id}/resolution", {**resolution, "despite": "buyer_agrees"})
    assert await refused(desk, AGENT, f"/cases/{case_id}/promises", LABEL) == "case_not_open"
    assert await refused(desk, AGENT, f"/cases/{case_id}/closure") == "still_unfinished"
    await desk.done(AGENT, f"/cases/{case_id}/closure", {"despite": "buyer_agrees"})
    known = {p["promise_id"]: (p["status"], p["reason"]) for p in await shown(desk, case_id)}
    assert known[open_one["promise_id"]] == ("WITHDRAWN", "case_closed")
    assert sorted(status for status, _ in known.values()) == ["KEPT", "WITHDRAWN"]
    heard = await desk.told()
    assert heard.index("ticketing.promise_withdrawn") < heard.index("ticketing.case_closed"), (
        "after the end of a case nobody hears of its clocks"
    )


async def a_question(desk: Desk) -> str:
    asked = {"reason": "SELLER_SALES", "draft_id": "drf_7", "market": "lv"}
    return str((await desk.done(SELLER, "/cases", asked))["case_id"])


async def test_a_seller_promises_nothing_where_the_platform_answers(desk: Desk) -> None:
    for case_id in (await reported(desk, "COUNTERFEIT", proof="report"), await a_question(desk)):
        assert await refused(desk, SELLER, f"/cases/{case_id}/promises", LABEL) == "promise_of_other"
        assert (await promised(desk, case_id, AGENT))["owner"] == "platform"


async def test_a_seller_from_whom_the_contact_was_moved_speaks_for_an_own_promise(desk: Desk) -> None:
    """INVARIANT: would break if a clock ran against a seller who cannot say that the promise is kept."""
    case_id = await a_case(desk)
    kept, of_platform = await promised(desk, case_id), await promised(desk, case_id, AGENT)
    await desk.done(AGENT, f"/cases/{case_id}/move", {"to": "platform", "reason": "wrong_door"})
    assert (await desk.get(SELLER, f"/cases/{case_id}")).status_code == 404
    assert await shown(desk, case_id, SELLER) == [kept]
    assert len(await shown(desk, case_id, BUYER)) == 2
    assert (await desk.post(SELLER, f"/cases/{case_id}/promises", LABEL)).status_code == 404
    for of, path in ((of_platform, "fulfilment"), (of_platform, "withdrawal")):
        body = {"reason": "no"} if path == "withdrawal" else None
        assert (await desk.post(SELLER, f"/promises/{of['promise_id']}/{path}", body)).status_code == 404
    assert (await desk.post("seller:sel_9", f"/promises/{kept['promise_id']}/fulfilment")).status_code == 404
    assert (await desk.done(SELLER, f"/promises/{kept['promise_id']}/fulfilment"))["status"] == "KEPT"


async def test_whoever_asked_is_told_of_a_broken_promise(desk: Desk) -> None:
    case_id = await a_question(desk)
    promise = await promised(desk, case_id, AGENT)
    desk.clock.at = DUE
    await hears(desk, breach(promise), 2)
    assert await notices(desk, case_id, SELLER) == ["promise_broken"]


@pytest.mark.rule("S-3")
@pytest.mark.parametrize("again", [1, 2])
async def test_a_withdrawal_that_is_heard_late_restores_nothing_that_was_broken_since(desk: Desk, again: int) -> None:
    """INVARIANT: would break if a promise stood whose time is over, because an earlier breach of it was none."""
    case_id = await a_case(desk)
    promise = await promised(desk, case_id)
    desk.clock.at = DUE
    await hears(desk, breach(promise), 2)
    await hears(desk, breach(promise, again), 5)
    await hears(desk, BreachWithdrawn(**head(promise, 1), cause="time_credited", withdrawn_at=DUE), 3)
    assert [p["status"] for p in await shown(desk, case_id)] == ["BROKEN"]
    assert await notices(desk, case_id, BUYER) == ["promise_broken"]


@pytest.mark.parametrize("due_by", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59Z"])
async def test_an_instant_at_the_ends_of_the_calendar_is_out_of_time(desk: Desk, due_by: str) -> None:
    path = f"/cases/{await a_case(desk)}/promises"
    assert await refused(desk, SELLER, path, {**LABEL, "due_by": due_by}) == "promise_out_of_time"


async def test_what_cannot_be_watched_is_not_promised(desk: Desk) -> None:
    case_id = await a_case(desk)
    path = f"/cases/{case_id}/promises"
    for due_by in (NOON, NOON + timedelta(days=91)):
        assert await refused(desk, SELLER, path, {**LABEL, "due_by": due_by.isoformat()}) == "promise_out_of_time"
    for body in ({**LABEL, "due_by": "2026-09-17T12:00:00"}, {**LABEL, "what": "SOON"}, {"what": "LABEL"}):
        assert (await desk.post(SELLER, path, body)).status_code == 422
    for _ in range(10):
        await promised(desk, case_id)
    assert await refused(desk, SELLER, path, LABEL) == "too_many_promises"


@pytest.mark.parametrize("order", [(4, 5), (5, 4)], ids=["in order", "replayed"])
async def test_a_promise_stands_again_by_a_withdrawal_that_is_replayed(desk: Desk, order: tuple[int, int]) -> None:
    case_id = await a_case(desk)
    promise = await promised(desk, case_id)
    desk.clock.at = DUE
    await hears(desk, breach(promise), 2)
    assert (await shown(desk, case_id))[0]["status"] == "BROKEN"
    later = DUE + timedelta(days=1)
    told_by = {
        4: BreachWithdrawn(**head(promise, 1), cause="time_credited", withdrawn_at=DUE),
        5: DeadlineMoved(
            **head(promise, 1),
            cause="time_credited",
            was_due_by=DUE,
            due_by=later,
            calendar_version="1",
            trace_before=(),
            trace_after=(),
        ),
    }
    for place in order:
        await hears(desk, told_by[place], place)
    assert (await shown(desk, case_id))[0]["status"] == "OPEN"
