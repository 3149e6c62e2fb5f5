"""A person who was erased: what they submitted is gone, what was decided with it stands. On real MongoDB, over the routes."""

from collections.abc import AsyncIterator

import pytest
from disputes_situations import DECIDE
from evidence_desk import AGENT, BUYER, MEDIATOR, SELLER, Desk, a_desk

from disputes.evidence.store import EVIDENCE, erase_next_person
from ombud_contracts.vocabulary import Role

SUBMITTED = {BUYER: "It fell apart on Monday.", SELLER: "It was whole when it left us.", AGENT: "Seen at the desk."}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk() as made:
        yield made


async def submitted(desk: Desk, who: str) -> str:
    return await desk.submit(who, SUBMITTED[who].encode())


@pytest.mark.parametrize(
    ("who", "role"), [(BUYER, Role.BUYER), (SELLER, Role.SELLER), (AGENT, Role.AGENT)], ids=["buyer", "seller", "agent"]
)
async def test_what_an_erased_person_submitted_is_gone_and_the_evidence_of_others_stays(
    desk: Desk, who: str, role: Role
) -> None:
    """INVARIANT: section 7 and ADR 23; would break if a copy were left, or somebody else's words went with it."""
    ids = {each: await submitted(desk, each) for each in SUBMITTED}
    await desk.erased(who.partition(":")[2], role)
    for each, id in ids.items():
        answer = await desk.get(MEDIATOR, f"/evidence/{id}/content")
        assert answer.status_code == (409 if each == who else 200), answer.text
        assert (answer.text == SUBMITTED[each]) is (each != who)
    assert (await desk.get(who, f"/evidence/{ids[who]}/content")).json()["type"].endswith("evidence_erased")
    erased = await desk.mongo.find(EVIDENCE, {"submitter_id": who.partition(":")[2]}, limit=10)
    assert [bytes(row["content"]) for row in erased] == [b""]


async def test_an_id_is_erased_in_the_role_in_which_it_was_asked(desk: Desk) -> None:
    id = await submitted(desk, BUYER)
    await desk.erased("buy_1", Role.SELLER)
    assert (await desk.get(BUYER, f"/evidence/{id}/content")).text == SUBMITTED[BUYER]


async def test_the_decision_its_money_and_what_it_was_made_with_stand(desk: Desk) -> None:
    id = await submitted(desk, BUYER)
    await desk.tell(DECIDE)
    before = (await desk.get(MEDIATOR, "/disputes/dsp_1")).json()
    await desk.erased("buy_1", Role.BUYER)
    after = (await desk.get(MEDIATOR, "/disputes/dsp_1")).json()
    assert after == before
    assert (after["stage"], after["decision"]["refund_minor"]) == ("DECIDED", 12_990)
    (evidence,) = after["evidence"]
    assert evidence["evidence_id"] == id


async def test_who_may_not_see_evidence_does_not_learn_that_it_was_erased(desk: Desk) -> None:
    id = await submitted(desk, BUYER)
    await desk.erased("buy_1", Role.BUYER)
    assert (await desk.get("seller:sel_9", f"/evidence/{id}/content")).status_code == 404


async def test_a_job_that_was_killed_between_its_two_steps_does_them_again(desk: Desk) -> None:
    """INVARIANT: would break if an erasure were closed before its work was done."""
    id = await submitted(desk, BUYER)
    await desk.erased("buy_1", Role.BUYER)
    await desk.mongo.change("erasures", {}, [{"$set": {"done": False}}])
    assert await erase_next_person(desk.mongo)
    assert not await erase_next_person(desk.mongo)
    assert (await desk.get(BUYER, f"/evidence/{id}/content")).status_code == 409
