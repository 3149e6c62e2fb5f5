"""A seller proposes that no reply is needed, and a supervisor decides: over HTTP, on real MongoDB."""

import pytest
from attachment_desk import AGENT, BUYER, SELLER, Desk
from enforcement_desk import SUPERVISOR, do, see, told, write

WHY, NO = {"reason": "answered_by_phone"}, {"reason": "a_question_is_open"}


@pytest.fixture
async def asked(desk: Desk) -> str:
    """A conversation in which the seller owes a reply; returns its address."""
    await write(desk, BUYER, "Vai ir kādi jaunumi par manu pasūtījumu?")
    return f"/conversations/{desk.case}"


async def test_a_proposal_waits_for_a_supervisor_and_the_reply_is_owed_meanwhile(desk: Desk, asked: str) -> None:
    assert (await do(desk, SELLER, f"{asked}/waiver-proposal", WHY))["owes_reply"]
    await do(desk, SELLER, f"{asked}/waiver-proposal", WHY)
    assert len(await told(desk, "waiver_proposed")) == 1
    (waiting,) = (await see(desk, SUPERVISOR, "/waiver-proposals"))["proposals"]
    assert (waiting["case_id"], waiting["reason"], waiting["refused"]) == (desk.case, "answered_by_phone", False)
    accepted = await do(desk, SUPERVISOR, f"{asked}/waiver-proposal/acceptance")
    assert (accepted["owes_reply"], accepted["waived"]) == (False, True)
    assert len(await told(desk, "reply_waived")) == 1
    assert (await see(desk, SUPERVISOR, "/waiver-proposals"))["proposals"] == []
    revoked = await do(desk, SUPERVISOR, f"{asked}/waiver-revocation")
    assert revoked["owes_reply"]


async def test_a_refused_proposal_is_shown_to_the_seller_and_not_made_again(desk: Desk, asked: str) -> None:
    await do(desk, SELLER, f"{asked}/waiver-proposal", WHY)
    await do(desk, SUPERVISOR, f"{asked}/waiver-proposal/refusal", NO)
    assert len(await told(desk, "waiver_refused")) == 1
    shown = await see(desk, SELLER, asked)
    assert (shown["owes_reply"], shown["waiver_proposal"]["refused"]) == (True, True)
    refusal = await do(desk, SELLER, f"{asked}/waiver-proposal", WHY, status=409)
    assert refusal["type"] == "urn:ombud:problem:waiver_refused_before"
    late = await do(desk, SUPERVISOR, f"{asked}/waiver-proposal/acceptance", status=409)
    assert late["type"] == "urn:ombud:problem:nothing_proposed"
    await write(desk, BUYER, "Vai varat atbildēt?")
    await do(desk, SELLER, f"{asked}/waiver-proposal", WHY)


async def test_the_buyer_learns_nothing_of_a_proposal(desk: Desk, asked: str) -> None:
    """INVARIANT: section 8; would break if all who see a conversation saw what its seller asks the platform."""
    before = await see(desk, BUYER, asked)
    await do(desk, SELLER, f"{asked}/waiver-proposal", WHY)
    after = await see(desk, BUYER, asked)
    assert {**after, "change": 0} == {**before, "change": 0}
    assert after["waiver_proposal"] is None


@pytest.mark.parametrize("who", [BUYER, AGENT, SUPERVISOR])
async def test_a_waiver_is_proposed_by_the_seller_alone(desk: Desk, asked: str, who: str) -> None:
    await do(desk, who, f"{asked}/waiver-proposal", WHY, status=403)
    assert await told(desk, "waiver_proposed") == []


@pytest.mark.parametrize("who", [BUYER, SELLER, AGENT, "mediator:med_1"])
async def test_a_proposal_is_decided_by_supervisors_of_its_market_alone(desk: Desk, asked: str, who: str) -> None:
    await do(desk, SELLER, f"{asked}/waiver-proposal", WHY)
    await do(desk, who, f"{asked}/waiver-proposal/acceptance", status=403)
    await do(desk, who, f"{asked}/waiver-proposal/refusal", NO, status=403)
    assert (await desk.get(who, "/waiver-proposals")).status_code == 403
    await do(desk, "supervisor:sup_2:pt", f"{asked}/waiver-proposal/acceptance", status=404)
    assert (await see(desk, "supervisor:sup_2:pt", "/waiver-proposals"))["proposals"] == []
