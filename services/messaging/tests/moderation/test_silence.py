"""What becomes of a message that nobody looks at: the word of its clock's row is carried out (S-6)."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from attachment_desk import AGENT, SELLER, Desk
from enforcement_desk import LEAK, do, see, status_of, told, write

from chassis.aggregate import Cause, Session
from chassis.testing.desk import received
from messaging.moderation.silence import on_clock_of_message
from ombud_contracts import Event
from ombud_contracts.events import sla_monitor as clocks

pytestmark = pytest.mark.rule("S-6")
PAY_ME = "Lūdzu, pārskaitiet naudu uz manu kontu ārpus platformas: LV80BANK0000435195001."


def silence(desk: Desk, message_id: str, **changed: Any) -> clocks.ClockBreached:
    known: dict[str, Any] = {
        "clock_id": "clk_1",
        "case_id": desk.case,
        "kind": "moderation",
        "subject": message_id,
        "about": "message",
        "owner": "platform",
        "round": 1,
        "due_by": desk.clock(),
        "emitted_late": False,
        "still_owed": True,
        "on_silence": "message_is_released",
        "policy_version": "2",
        "calendar_version": "1",
        "trace": (),
    }
    return clocks.ClockBreached(**known | changed)


async def hear(desk: Desk, event: Event, sequence: int = 1) -> None:
    session = Session(desk.mongo, desk.clock)
    unit = session.unit(Cause(uuid.uuid4().hex, "test"))
    await on_clock_of_message(received(event, desk.clock(), sequence=sequence, subject="clk_1"), unit)
    await session.commit()


async def held(desk: Desk) -> str:
    return str((await write(desk, SELLER, PAY_ME))["message_id"])


async def test_a_message_that_nobody_looked_at_in_time_is_released_and_counts_from_when_it_was_written(
    desk: Desk,
) -> None:
    id, other = await held(desk), await held(desk)
    desk.clock.advance(hours=4)
    await hear(desk, silence(desk, id))
    assert (await status_of(desk, id), await status_of(desk, other)) == ("DELIVERED", "HELD")
    assert len(await told(desk, "message_delivered")) == 1
    await hear(desk, silence(desk, id))
    assert len(await told(desk, "message_delivered")) == 1, "once"


@pytest.mark.rule("S-5")
async def test_the_queue_shows_the_instant_of_the_messages_own_clock(desk: Desk) -> None:
    id, other = await held(desk), await held(desk)
    due_by = desk.clock() + timedelta(hours=4)
    head = silence(desk, id).model_dump(include={"clock_id", "case_id", "kind", "subject", "about", "owner", "round"})
    started = clocks.ClockStarted(
        **head,
        started_at=desk.clock(),
        due_by=due_by,
        mode="business_hours",
        target_seconds=14_400,
        policy_version="2",
        calendar_version="1",
        on_silence="message_is_released",
    )
    await hear(desk, started)
    shown = (await see(desk, AGENT, "/moderation/held"))["messages"]
    assert [m["message_id"] for m in shown] == [other, id], "one that no clock watches yet comes first"
    assert datetime.fromisoformat(shown[1]["due_by"]) == due_by


async def test_it_is_released_whoever_has_it(desk: Desk) -> None:
    """Somebody who took a message and went home does not keep it from its time."""
    id = await held(desk)
    await do(desk, AGENT, f"/messages/{id}/assignment")
    await hear(desk, silence(desk, id))
    assert await status_of(desk, id) == "DELIVERED"


@pytest.mark.parametrize(
    "changed",
    [{"on_silence": "supervisor_alarm"}, {"still_owed": False}, {"subject": "msg_none"}, {"case_id": "cas_none"}],
)
async def test_another_word_or_another_message_releases_nothing(desk: Desk, changed: dict[str, object]) -> None:
    id = await held(desk)
    await hear(desk, silence(desk, id, **changed))
    assert await status_of(desk, id) == "HELD"


async def test_what_was_decided_in_time_stays_decided(desk: Desk) -> None:
    id = await held(desk)
    await do(desk, AGENT, f"/messages/{id}/rejection", {"reasons": ["contact_data"]})
    await hear(desk, silence(desk, id))
    assert await status_of(desk, id) == "REJECTED"


async def test_a_breach_that_was_withdrawn_before_it_is_heard_releases_nothing(desk: Desk) -> None:
    id = await held(desk)
    breach = silence(desk, id)
    head = breach.model_dump(include={"clock_id", "case_id", "kind", "subject", "about", "owner", "round"})
    await hear(desk, clocks.BreachWithdrawn(**head, cause="time_credited", withdrawn_at=desk.clock()), 2)
    await hear(desk, breach, 1)
    assert await status_of(desk, id) == "HELD"


async def test_an_appeal_says_that_it_is_one(desk: Desk) -> None:
    blocked = (await write(desk, SELLER, LEAK))["message_id"]
    await do(desk, SELLER, f"/messages/{blocked}/appeal")
    (row,) = await told(desk, "message_held")
    assert b'"appeal"' in bytes(row["value"])
