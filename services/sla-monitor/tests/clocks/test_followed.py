"""The clocks of a case as somebody follows them: told again when what they see changes, and not otherwise."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from marketplace_of_clocks import Monitor, a_monitor

from chassis.aggregate import Cause, Session
from chassis.auth import NotVisible, Parties
from chassis.live import Glance
from ombud_words import Role
from sla_monitor.clocks.api import clocks_in_short

MONDAY = datetime(2026, 9, 14, 7, tzinfo=UTC)
"""10:00 in Riga."""
HOUR = timedelta(hours=1)


@pytest.fixture
async def monitor() -> AsyncIterator[Monitor]:
    async with a_monitor() as made:
        yield made


async def seen(monitor: Monitor, role: Role = Role.BUYER) -> Glance:
    return await clocks_in_short(Session(monitor.mongo, monitor.now).unit(Cause("test", "test")), ("cas_1", role))


async def test_the_clocks_of_a_case_are_told_when_one_starts_or_ends(monitor: Monitor) -> None:
    with pytest.raises(NotVisible):
        await seen(monitor)
    await monitor.open("cas_1", "sel_1", MONDAY)
    await monitor.say("cas_1", "buyer", MONDAY)
    asked = await seen(monitor)
    assert asked.told["clocks"]
    assert asked.told["next_due_by"] is not None
    assert asked.parties == Parties("lv", "buy_1", "sel_1")
    assert asked == await seen(monitor, Role.SELLER) == await seen(monitor)
    monitor.now.advance(minutes=5)
    assert await seen(monitor) == asked, "time alone changes nothing"
    await monitor.open("cas_2", "sel_1", MONDAY)
    await monitor.say("cas_2", "buyer", MONDAY)
    assert await seen(monitor) == asked
    await monitor.say("cas_1", "seller", MONDAY + HOUR)
    assert (await seen(monitor)).mark != asked.mark
