"""What is news, told by the sequence of its aggregate, and kept with what is made of it."""

import pytest

from chassis.aggregate import Cause, Session, Unit
from chassis.hearing import any_stands, is_ended, is_news, note_end
from chassis.memory import MemoryStore
from chassis.store import Conflict
from chassis.testing import NOON, FixedClock
from ombud_contracts import Metadata


def metadata(sequence: int, subject: str = "cas_1") -> Metadata:
    return Metadata(
        id=f"{subject}:{sequence}",
        subject=subject,
        sequence=sequence,
        key=subject,
        occurred_at=NOON,
        recorded_at=NOON,
        correlation_id="test",
        causation_id="test",
    )


def unit_on(store: MemoryStore) -> tuple[Session, Unit]:
    session = Session(store, FixedClock())
    return session, session.unit(Cause("test", "test"))


async def test_an_older_event_of_the_same_aggregate_is_not_news() -> None:
    store, told = MemoryStore(), []
    for sequence in (3, 4, 3, 1, 5, 4):
        session, unit = unit_on(store)
        told.append(await is_news("closing", metadata(sequence), unit))
        await session.commit()
    assert told == [True, True, False, False, True, False]


async def test_other_aggregates_and_projections_have_news_of_their_own() -> None:
    _session, unit = unit_on(MemoryStore())
    assert await is_news("closing", metadata(9), unit)
    assert await is_news("closing", metadata(1, "cas_2"), unit)
    assert await is_news("owner", metadata(1), unit)
    assert not await is_news("closing", metadata(8), unit)


async def test_what_does_not_count_its_events_is_always_news() -> None:
    """A producer that sends no sequence is read as if each event were the first."""
    _session, unit = unit_on(MemoryStore())
    assert [await is_news("order", metadata(1), unit) for _ in range(3)] == [True, True, True]


async def test_of_several_aggregates_that_act_on_one_thing_each_begins_and_ends_for_itself() -> None:
    """INVARIANT: would break if one that is told late ended another, or stood again; no clock is asked."""
    _session, unit = unit_on(MemoryStore())

    async def hear(id: str, sequence: int, *, begins: bool) -> bool | None:
        return await any_stands("takeover", "cas_1", metadata(sequence, id), unit, begins=begins)

    assert await hear("tko_1", 2, begins=False) is False
    assert await hear("tko_1", 1, begins=True) is None, "it had ended"
    assert await hear("tko_2", 1, begins=True) is True
    assert await hear("tko_3", 1, begins=True) is True, "two were parked, and are replayed"
    assert await hear("tko_3", 2, begins=False) is True, "the other still stands"
    assert await hear("tko_2", 1, begins=True) is True
    assert await hear("tko_2", 2, begins=False) is False


async def test_an_end_ends_what_came_before_it_and_nothing_after() -> None:
    _session, unit = unit_on(MemoryStore())
    assert not await is_ended("sanction", metadata(2), unit)
    await note_end("sanction", metadata(3), unit)
    assert await is_ended("sanction", metadata(2), unit)
    assert not await is_ended("sanction", metadata(4), unit)


async def test_two_that_are_heard_at_once_are_ordered_by_the_database() -> None:
    """INVARIANT: would break if the place were not compared and set in the transaction of the projection."""
    store = MemoryStore()
    (one, newer), (other, older) = unit_on(store), unit_on(store)
    assert await is_news("closing", metadata(4), newer)
    assert await is_news("closing", metadata(3), older), "it has not seen the other"
    await one.commit()
    with pytest.raises(Conflict):
        await other.commit()
    _again, unit = unit_on(store)
    assert not await is_news("closing", metadata(3), unit)
