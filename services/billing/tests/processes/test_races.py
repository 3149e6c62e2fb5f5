"""What is charged while something arrives: each pair planted on real MongoDB in both orders (S-9)."""

import pytest
from billing_desk import (
    AGENT,
    CLOSED,
    MEDIATOR,
    REOPENED,
    REVERSED,
    SELLER,
    SUPERVISOR,
    TAKEN_OVER,
    Interruption,
    a_proposal,
    hears_while,
)

from chassis.store import Writes
from chassis.testing.desk import Desk
from ombud_contracts import Event

REPAIR = {"line": "repair", "kind": "REPAIR", "receipt": "rcp_1", "amount_minor": 4_000, "currency": "EUR"}
FREE = TAKEN_OVER.model_copy(
    update={
        "takeover_id": "tko_2",
        "decision": TAKEN_OVER.decision.model_copy(update={"charges_announced": ()}),
    }
)
"""A takeover that costs nothing by itself: only its own record says whether it stands."""
FREE_REVERSED = REVERSED.model_copy(update={"takeover_id": "tko_2", "charges_announced": ()})
pytestmark = pytest.mark.rule("S-9")


class Interrupted:
    """Commits in place of a service's own commits: before the first one, something else happens."""

    def __init__(self, desk: Desk, meanwhile: Interruption) -> None:
        self._runtime = desk.app.state.runtime
        self._own = self._runtime.commits
        self._meanwhile = meanwhile

    async def commit(self, writes: Writes) -> None:
        self._runtime.commits = self._own
        await self._meanwhile()
        await self._own.commit(writes)


def interrupt(desk: Desk, meanwhile: Interruption) -> None:
    """Have something happen between the decision of the next request and its commit."""
    desk.app.state.runtime.commits = Interrupted(desk, meanwhile)


async def status_of(desk: Desk, id: str) -> str:
    return str((await desk.get(SELLER, f"/charges/{id}")).json()["status"])


@pytest.mark.parametrize("event", [CLOSED, FREE_REVERSED], ids=["closing", "reversal"])
async def test_nothing_is_proposed_while_its_ground_goes(billed: Desk, event: Event) -> None:
    """INVARIANT: would break if the case or the decision were read and not guarded."""
    await billed.hears(REOPENED, FREE)
    interrupt(billed, lambda: billed.hears(event))
    assert (await billed.post(AGENT, "/decisions/tko_2/charges", REPAIR)).status_code == 409


@pytest.mark.parametrize(("event", "status"), [(CLOSED, "WITHDRAWN"), (REVERSED, "WITHDRAWN")])
async def test_nothing_is_approved_while_its_ground_goes(billed: Desk, event: Event, status: str) -> None:
    """INVARIANT: would break if the case or the decision were read and not guarded."""
    id = await a_proposal(billed)
    interrupt(billed, lambda: billed.hears(event))
    assert (await billed.post(SUPERVISOR, f"/charges/{id}/approval")).status_code == 409
    assert await status_of(billed, id) == status


async def test_a_reversal_takes_back_what_was_proposed_while_it_arrived(billed: Desk) -> None:
    """INVARIANT: the other order; a reversal that looks for charges before it has read the decision would break it."""
    made: list[str] = []

    async def propose() -> None:
        made.append(await a_proposal(billed))

    await hears_while(billed, REVERSED, propose)
    assert await status_of(billed, made[0]) == "WITHDRAWN"


async def test_a_reversal_takes_back_what_was_approved_while_it_arrived(billed: Desk) -> None:
    id = await a_proposal(billed)
    await hears_while(billed, REVERSED, lambda: billed.done(SUPERVISOR, f"/charges/{id}/approval"))
    assert await status_of(billed, id) == "REVERSED"


async def test_a_closing_ends_what_was_proposed_while_it_arrived(billed: Desk) -> None:
    """INVARIANT: a closing that looks for proposals before it has written the case would break it."""
    made: list[str] = []

    async def propose() -> None:
        made.append(await a_proposal(billed))

    await hears_while(billed, CLOSED, propose)
    assert await status_of(billed, made[0]) == "WITHDRAWN"
    assert (await billed.post(SUPERVISOR, f"/charges/{made[0]}/approval")).status_code == 409


AMENDED = {"outcome": "AMENDED", "reasons": ["too_much"], "amount_minor": 1_000, "currency": "EUR"}


async def an_appealed_charge(desk: Desk) -> str:
    (charge,) = (await desk.get(SELLER, "/cases/cas_1/money")).json()["charges"]
    path = f"/charges/{charge['charge_id']}"
    await desk.done(SELLER, f"{path}/contest", {"ground": "not_my_fault"})
    await desk.done(MEDIATOR, f"{path}/review", {"verdict": "uphold", "reason": "seen"})
    await desk.done(SELLER, f"{path}/appeals", {"grounds": ["facts_wrong"]})
    return path


@pytest.mark.rule("S-3")
async def test_a_reversal_takes_back_what_an_appeal_made_of_a_charge_while_it_arrived(billed: Desk) -> None:
    """INVARIANT: would break if a reversal took back what it had read, and not what was charged instead meanwhile."""
    path = await an_appealed_charge(billed)

    async def amend() -> None:
        await billed.done(SUPERVISOR, f"{path}/appeals/decision", AMENDED)

    await hears_while(billed, REVERSED, amend)
    charges = (await billed.get(SELLER, "/cases/cas_1/money")).json()["charges"]
    assert [charge["status"] for charge in charges] == ["REVERSED", "REVERSED"]


@pytest.mark.rule("S-3")
async def test_nothing_is_charged_instead_of_what_falls_while_its_appeal_is_decided(billed: Desk) -> None:
    """INVARIANT: the other order; would break if an amendment charged a seller by a takeover that counts no more."""
    path = await an_appealed_charge(billed)
    interrupt(billed, lambda: billed.hears(REVERSED))
    assert (await billed.post(SUPERVISOR, f"{path}/appeals/decision", AMENDED)).status_code == 409
    charges = (await billed.get(SELLER, "/cases/cas_1/money")).json()["charges"]
    assert [charge["status"] for charge in charges] == ["REVERSED"]
