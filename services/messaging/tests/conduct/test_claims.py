"""What a dispute's decision found, on the ladder of the side about which it was found, on real MongoDB (R-45; casework, section 7)."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from attachment_desk import BUYER, SELLER, Desk, Json
from conduct_desk import standing
from enforcement_desk import see

from chassis.aggregate import Cause, Session
from chassis.testing import told
from messaging.conduct.consumers import on_finding
from messaging.conduct.domain import BY_DECISION, Finding, RecordFinding, StepBack, TakeBackFinding
from messaging.conduct.store import STANDINGS
from messaging.sanctions.domain import CLAIMS, ladder_for
from ombud_contracts import Event
from ombud_contracts.events.findings import ClaimsSanctioned, ClaimsSanctionLifted, FindingMade, FindingWithdrawn
from ombud_words import BuyerId, CaseId, DecisionId, PersonId, SanctionId

pytestmark = pytest.mark.rule("R-45")
AGENT = "agent:agt_1:lv"


async def hear(desk: Desk, event: type[Event], decision: int, sequence: int, kind: str) -> None:
    dispute_id = f"dsp_{desk.case}_{decision}"  # what was heard of a dispute outlives a test
    known = {
        "dispute_id": dispute_id,
        "case_id": desk.case,
        "decision_id": f"dec_{desk.case}_{decision}",
        "kind": kind,
        "buyer_id": "buy_1",
        "seller_id": "sel_1",
        "found_at": desk.clock(),
    }
    unit = Session(desk.mongo, desk.clock).unit(Cause(uuid.uuid4().hex, "test"))
    await on_finding(told(event.model_construct(**known), dispute_id, sequence), unit)
    await unit.session.commit()


async def found(desk: Desk, decision: int, sequence: int = 5, kind: str = "CLAIM_KNOWINGLY_UNFOUNDED") -> None:
    await hear(desk, FindingMade, decision, sequence, kind)


async def fell(desk: Desk, decision: int, sequence: int = 9, kind: str = "CLAIM_KNOWINGLY_UNFOUNDED") -> None:
    await hear(desk, FindingWithdrawn, decision, sequence, kind)


async def of_buyer(desk: Desk, who: str = BUYER) -> Json | None:
    standings = (await see(desk, who, "/claim-standings/buy_1"))["standings"]
    return standings[0] if standings else None


async def test_a_buyer_is_told_then_warned_then_limited(desk: Desk) -> None:
    seen = []
    for decision in (1, 2, 3):
        for _ in range(2):
            await found(desk, decision)
        shown = await of_buyer(desk)
        assert shown is not None
        seen.append((shown["step"], shown["limited"], len(shown["findings"])))
    assert seen == [("explain", False, 1), ("warn", False, 2), ("limit", True, 3)]
    assert await of_buyer(desk, AGENT) == shown
    assert await standing(desk) is None, "nothing was found about the seller"


@pytest.mark.rule("S-3")
async def test_what_followed_from_a_decision_that_fell_is_undone(desk: Desk) -> None:
    """INVARIANT: would break if a buyer stayed limited by a decision that counts as if it had not been."""
    for decision in (1, 2, 3):
        await found(desk, decision)
    await fell(desk, 2)
    after = await of_buyer(desk)
    assert after is not None
    assert (after["step"], [f["found_in"][-2:] for f in after["findings"]]) == ("warn", ["_1", "_3"])


@pytest.mark.rule("S-3")
async def test_a_finding_that_comes_after_its_withdrawal_counts_nothing_and_a_later_one_does(desk: Desk) -> None:
    await fell(desk, 1, sequence=9)
    await found(desk, 1, sequence=5)
    assert await of_buyer(desk) is None
    await found(desk, 2, sequence=5)
    assert await of_buyer(desk) is not None


async def test_a_false_description_is_a_finding_about_the_seller_until_its_decision_falls(desk: Desk) -> None:
    await found(desk, 1, kind="DESCRIPTION_FALSE")
    after = await standing(desk)
    assert after is not None
    assert (after["step"], after["findings"][0]["found_by"]) == ("notice", "decision")
    assert after["findings"][0]["grounds"] == ["DESCRIPTION_FALSE"]
    assert await of_buyer(desk) is None
    await fell(desk, 1, kind="DESCRIPTION_FALSE")
    after = await standing(desk)
    assert after is not None
    assert (after["step"], after["findings"]) == (None, [])


async def test_what_a_later_release_finds_counts_nothing_here(desk: Desk) -> None:
    await found(desk, 1, kind="SOMETHING_ELSE")
    assert (await of_buyer(desk), await standing(desk)) == (None, None)


async def test_who_else_asks_sees_nothing(desk: Desk) -> None:
    await found(desk, 1)
    for who, status in (("buyer:buy_9", 404), (SELLER, 403), ("agent:agt_1:pt", 404)):
        assert (await desk.get(who, "/claim-standings/buy_1")).status_code == status


def events_of(commands: list[Any]) -> list[Event]:
    """What is told by the last of these commands."""
    state: Any = None
    heard: list[Event] = []
    for command in commands:
        events, heard = STANDINGS.decide(command, state), []
        for event in events:
            state = STANDINGS.evolve(state, event)
        heard = [one for event in events if (one := STANDINGS.publish(event, state)) is not None]
    return heard


def record(number: int, at: datetime) -> RecordFinding:
    ladder = ladder_for("lv", "buyer", CLAIMS)
    assert ladder is not None
    finding = Finding(
        about=DecisionId(f"dec_{number}"),
        by=BY_DECISION,
        case_id=CaseId(f"cas_{number}"),
        grounds=("CLAIM_KNOWINGLY_UNFOUNDED",),
        at=at,
    )
    return RecordFinding(
        sanction_id=SanctionId("snc_1"),
        buyer_id=BuyerId(PersonId("buy_1")),
        market="lv",
        ladder=ladder,
        finding=finding,
        at=at,
    )


def test_each_step_is_told_with_the_case_and_the_decision_of_its_finding() -> None:
    noon = datetime.fromisoformat("2026-09-15T12:00:00+00:00")
    first, second = record(1, noon), record(2, noon)
    head = {"sanction_id": "snc_1", "person_id": "buy_1", "role": "buyer"}
    half_a_year = noon + timedelta(days=180)
    assert events_of([first, second]) == [
        ClaimsSanctioned(
            **head,
            step="warn",
            breaches=2,
            next_step="limit",
            case_id="cas_2",
            found_in="dec_2",
            steps_back_at=half_a_year,
            sanctioned_at=noon,
        )
    ]
    lifted = {**head, "step": "explain", "was_step": "warn"}
    assert events_of([first, second, TakeBackFinding(DecisionId("dec_1"), noon)]) == [
        ClaimsSanctionLifted(
            **lifted, breaches=1, case_id="cas_1", cause="reversed", reversed_in="dec_1", lifted_at=noon
        )
    ]
    assert events_of([first, second, StepBack(half_a_year)]) == [
        ClaimsSanctionLifted(**lifted, breaches=2, case_id="cas_2", cause="decayed", lifted_at=half_a_year)
    ]
