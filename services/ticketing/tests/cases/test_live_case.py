"""One live case per order line and reason family, on real MongoDB: also when two are opened at the same moment."""

from dataclasses import replace

import pytest
from ticketing_situations import LATER, OPEN, RESOLVE

from chassis.aggregate import Cause, Session, Unit
from chassis.mongo import Mongo
from chassis.store import Conflict
from chassis.testing import FixedClock
from ombud_words import Reason, ReasonFamily
from ticketing.cases.domain.refusals import CaseAlreadyLive
from ticketing.cases.domain.state import Status
from ticketing.cases.living import open_case_in_slot, reopen
from ticketing.cases.store import CASES
from ticketing.desk.closing import close

SECOND = replace(OPEN, case_id="cas_2", number="LV-26-2", draft_id="drf_2")


def session_on(mongo: Mongo) -> tuple[Session, Unit]:
    session = Session(mongo, FixedClock(LATER))
    return session, session.unit(Cause("test", "test"))


async def opened(mongo: Mongo) -> None:
    session, unit = session_on(mongo)
    await open_case_in_slot(OPEN, unit)
    await session.commit()


async def closed(mongo: Mongo, case_id: str = "cas_1") -> None:
    session, unit = session_on(mongo)
    await unit.execute(CASES, case_id, RESOLVE)
    await close(case_id, LATER, unit)
    await session.commit()


async def live(mongo: Mongo) -> set[str]:
    return {d["_id"] for d in await mongo.find("cases", {"status": {"$ne": "CLOSED"}}, limit=50)}


async def test_two_that_are_opened_at_the_same_moment_become_one(mongo: Mongo) -> None:
    """INVARIANT: would break if the live case were looked for, and not written with the new one."""
    one, other = session_on(mongo), session_on(mongo)
    await open_case_in_slot(OPEN, one[1])
    await open_case_in_slot(SECOND, other[1])
    await one[0].commit()
    with pytest.raises(Conflict):
        await other[0].commit()
    _again, unit = session_on(mongo)
    with pytest.raises(CaseAlreadyLive) as refused:
        await open_case_in_slot(SECOND, unit)
    assert refused.value.facts["case_id"] == "cas_1"
    assert await live(mongo) == {"cas_1"}


async def test_another_line_or_kind_of_problem_has_a_slot_of_its_own(mongo: Mongo) -> None:
    await opened(mongo)
    session, unit = session_on(mongo)
    await open_case_in_slot(replace(SECOND, reason=Reason.LATE, family=ReasonFamily.DELIVERY), unit)
    await open_case_in_slot(replace(SECOND, case_id="cas_3", number="LV-26-3", line_id="lin_2"), unit)
    await session.commit()
    assert await live(mongo) == {"cas_1", "cas_2", "cas_3"}


async def test_after_the_case_was_closed_another_can_be_opened(mongo: Mongo) -> None:
    await opened(mongo)
    await closed(mongo)
    session, unit = session_on(mongo)
    await open_case_in_slot(SECOND, unit)
    await session.commit()
    assert await live(mongo) == {"cas_2"}


async def test_a_reopened_case_is_live_again(mongo: Mongo) -> None:
    await opened(mongo)
    await closed(mongo)
    session, unit = session_on(mongo)
    await reopen("cas_1", "buyer_message", LATER, unit)
    await session.commit()
    _session, unit = session_on(mongo)
    with pytest.raises(CaseAlreadyLive):
        await open_case_in_slot(SECOND, unit)


async def test_a_message_in_an_older_case_is_not_lost_and_takes_no_slot(mongo: Mongo) -> None:
    await opened(mongo)
    await closed(mongo)
    session, unit = session_on(mongo)
    await open_case_in_slot(SECOND, unit)
    await session.commit()
    session, unit = session_on(mongo)
    await reopen("cas_1", "buyer_message", LATER, unit)
    await session.commit()
    case = await session_on(mongo)[1].read(CASES, "cas_1")
    assert case is not None
    assert case.status == Status.OPEN
    _session, unit = session_on(mongo)
    with pytest.raises(CaseAlreadyLive) as refused:
        await open_case_in_slot(replace(OPEN, case_id="cas_3", number="LV-26-3"), unit)
    assert refused.value.facts["case_id"] == "cas_2"
