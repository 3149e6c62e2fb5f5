"""Pairs of commands about a complaint that decide at the same moment, on real MongoDB: whichever is written first, the other decides
again on what it left (S-9)."""

from collections.abc import Awaitable, Callable

import pytest
from attachment_desk import Desk
from conduct_desk import INVESTIGATOR, investigated, told_of

from chassis.aggregate import Cause, Session, Unit
from chassis.auth import Actor
from chassis.store import Conflict
from messaging.conduct.api import (
    ComplaintRequest,
    ConductDecisionRequest,
    TellingRequest,
    complain,
    decide_complaint,
    investigate,
    tell_accused,
)
from messaging.conduct.domain.refusals import InvestigatedByAnother
from messaging.conduct.store import complaints_of_case
from messaging.conduct.texts import Texts
from messaging.conversations.domain import ConversationErased, EraseTexts, Refusal
from messaging.conversations.store import CONVERSATIONS, conversation_id
from ombud_words import CaseId, ComplaintId, ConductGround, ConductResult, PersonId, Role

pytestmark = pytest.mark.rule("S-9")
Step = Callable[[Unit], Awaitable[object]]
BUYER = Actor(PersonId("buy_1"), Role.BUYER)
MEDIATOR, SUPERVISOR = Actor(PersonId("med_1"), Role.MEDIATOR), Actor(PersonId("sup_1"), Role.SUPERVISOR)


async def written(desk: Desk, first: Step, second: Step) -> type[Refusal] | None:
    """Decide both, write the first, and return how the second is refused after it; None when it is done as well."""
    ahead, behind = Session(desk.mongo, desk.clock), Session(desk.mongo, desk.clock)
    await first(ahead.unit(Cause("first", "test")))
    await second(behind.unit(Cause("second", "test")))
    await ahead.commit()
    with pytest.raises(Conflict):
        await behind.commit()
    again = Session(desk.mongo, desk.clock)
    try:
        await second(again.unit(Cause("second", "test")))
    except Refusal as refused:
        return type(refused)
    await again.commit()
    return None


def texts_of(desk: Desk) -> Texts:
    texts: Texts = desk.app.state.runtime.provided["conduct_texts"]
    return texts


async def test_a_complaint_is_not_filed_in_a_case_that_is_being_erased(desk: Desk) -> None:
    """INVARIANT: would break if a buyer's words were kept after everything of the case was erased."""
    case_id = CaseId(desk.case)
    body = ComplaintRequest(grounds=[ConductGround.INSULT], statement="Viņš mani apvainoja.")

    async def erased(unit: Unit) -> None:
        await unit.execute(CONVERSATIONS, conversation_id(case_id), EraseTexts(unit.now))

    async def filed(unit: Unit) -> None:
        await complain(case_id, body, BUYER, unit, texts_of(desk))

    assert await written(desk, erased, filed) is ConversationErased
    assert await complaints_of_case(desk.mongo, case_id) == []


async def test_who_was_relieved_of_an_investigation_decides_nothing(desk: Desk) -> None:
    id = ComplaintId((await told_of(desk)).rpartition("/")[2])
    body = ConductDecisionRequest(result=ConductResult.NOT_FOUND, reasons=["nothing_on_record"])

    async def relieved(unit: Unit) -> None:
        await investigate(id, SUPERVISOR, unit)

    async def decided(unit: Unit) -> None:
        await decide_complaint(id, body, MEDIATOR, unit)

    assert INVESTIGATOR.split(":")[1] == MEDIATOR.id
    assert await written(desk, relieved, decided) is InvestigatedByAnother


async def test_two_who_tell_the_seller_tell_once(desk: Desk) -> None:
    id = ComplaintId((await investigated(desk)).rpartition("/")[2])

    async def tell(unit: Unit) -> None:
        await tell_accused(id, TellingRequest(allegation="Jūs esot draudējuši."), MEDIATOR, unit, texts_of(desk))

    assert await written(desk, tell, tell) is None
    kept = await desk.mongo.find("conduct_texts", {"what": "allegation"}, limit=10)
    assert len(kept) == 1
