"""A person who was erased: what they submitted is gone, what was decided with it stands. On real MongoDB, over the routes."""

import base64
import hashlib
import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from disputes_situations import DECIDE, FAST, NOON

from chassis.aggregate import Cause, Session
from chassis.auth import Actor, TokenVerifier
from chassis.mongo import Mongo
from chassis.service import create_app
from chassis.settings import Settings
from chassis.testing import FixedClock
from disputes.app import SERVICE
from disputes.consumers import mediation
from disputes.domain.dispute_command import Decide, OpenDispute
from disputes.processes import act, open_dispute
from disputes.store import EVIDENCE, erase_next_person
from ombud_contracts import Metadata, Received
from ombud_contracts.events.messaging import PersonErased
from ombud_contracts.vocabulary import Role

BUYER, SELLER, AGENT, MEDIATOR = "buyer:buy_1", "seller:sel_1", "agent:agt_1", "mediator:med_1"
SUBMITTED = {BUYER: "It fell apart on Monday.", SELLER: "It was whole when it left us.", AGENT: "Seen at the desk."}


class SaysWho(TokenVerifier):
    """Tokens are `role:id`."""

    async def verify(self, token: str) -> Actor:
        role, _, id = token.partition(":")
        return Actor(id, Role(role))


@dataclass
class Desk:
    """A replica of disputes with a dispute before a mediator."""

    http: httpx.AsyncClient
    mongo: Mongo

    async def submit(self, who: str) -> str:
        """Submit a statement; return its id."""
        body = {"kind": "statement", "content_base64": base64.b64encode(SUBMITTED[who].encode()).decode()}
        headers = {"Authorization": f"Bearer {who}", "Idempotency-Key": uuid.uuid4().hex}
        answer = await self.http.post("/disputes/dsp_1/evidence", headers=headers, json=body)
        assert answer.status_code == 201, answer.text
        id: str = answer.json()["evidence"][-1]["evidence_id"]
        return id

    async def get(self, who: str, path: str) -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {who}"})

    async def tell(self, *commands: OpenDispute | Decide) -> None:
        session = Session(self.mongo, FixedClock(NOON))
        unit = session.unit(Cause("test", "test"))
        for command in commands:
            if isinstance(command, OpenDispute):
                await open_dispute(command, unit)
            else:
                await act("dsp_1", command, NOON, unit)
        await session.commit()

    async def erased(self, person_id: str, role: Role) -> None:
        """Hear that messaging erased somebody, and do all that follows."""
        event = PersonErased(
            erasure_id=f"ers_{person_id}", person_id=person_id, role=role, conversations=1, messages=2, erased_at=NOON
        )
        metadata = Metadata(
            id=f"ers_{person_id}:1",
            subject=event.erasure_id,
            sequence=1,
            key=person_id,
            occurred_at=NOON,
            recorded_at=NOON,
            correlation_id="test",
            causation_id="test",
        )
        session = Session(self.mongo, FixedClock(NOON))
        received = Received(metadata=metadata, event=event, type=event.type)
        await mediation(self.mongo).handle(received, session.unit(Cause(metadata.id, "test")))
        await session.commit()
        while await erase_next_person(self.mongo):
            continue


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    settings = Settings(
        env="test",
        kafka="127.0.0.1:9",
        mongo=os.environ["OMBUD_MONGO"],
        namespace=f"t{uuid.uuid4().hex[:8]}",
        oidc_issuer="http://127.0.0.1:9/none",
    )
    app = create_app(SERVICE, settings, FixedClock(NOON))
    mongo: Mongo = app.state.runtime.mongo
    app.state.runtime.verifier = SaysWho("http://127.0.0.1:9/none", "ombud")
    await mongo.ensure(SERVICE.indexes)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://disputes") as http:
        made = Desk(http, mongo)
        await made.tell(FAST)
        yield made
    await mongo.drop()
    await mongo.close()


@pytest.mark.parametrize(
    ("who", "role"), [(BUYER, Role.BUYER), (SELLER, Role.SELLER), (AGENT, Role.AGENT)], ids=["buyer", "seller", "agent"]
)
async def test_what_an_erased_person_submitted_is_gone_and_the_evidence_of_others_stays(
    desk: Desk, who: str, role: Role
) -> None:
    """INVARIANT: section 7 and ADR 23; would break if a copy were left, or somebody else's words went with it."""
    ids = {each: await desk.submit(each) for each in SUBMITTED}
    await desk.erased(who.partition(":")[2], role)
    for each, id in ids.items():
        answer = await desk.get(MEDIATOR, f"/evidence/{id}/content")
        assert answer.status_code == (409 if each == who else 200), answer.text
        assert (answer.text == SUBMITTED[each]) is (each != who)
    assert (await desk.get(who, f"/evidence/{ids[who]}/content")).json()["type"].endswith("evidence_erased")
    kept = await desk.mongo.find(EVIDENCE, {}, limit=10)
    assert SUBMITTED[who].encode() not in {bytes(row["content"]) for row in kept}


async def test_an_id_is_erased_in_the_role_in_which_it_was_asked(desk: Desk) -> None:
    id = await desk.submit(BUYER)
    await desk.erased("buy_1", Role.SELLER)
    assert (await desk.get(BUYER, f"/evidence/{id}/content")).text == SUBMITTED[BUYER]


async def test_the_decision_its_money_and_the_hash_of_what_it_was_made_with_stand(desk: Desk) -> None:
    id = await desk.submit(BUYER)
    await desk.tell(DECIDE)
    before = (await desk.get(MEDIATOR, "/disputes/dsp_1")).json()
    await desk.erased("buy_1", Role.BUYER)
    after = (await desk.get(MEDIATOR, "/disputes/dsp_1")).json()
    assert after == before
    assert (after["stage"], after["decision"]["refund_minor"]) == ("DECIDED", 12_990)
    (evidence,) = after["evidence"]
    assert (evidence["evidence_id"], evidence["sha256"]) == (id, hashlib.sha256(SUBMITTED[BUYER].encode()).hexdigest())


async def test_who_may_not_see_evidence_does_not_learn_that_it_was_erased(desk: Desk) -> None:
    id = await desk.submit(BUYER)
    await desk.erased("buy_1", Role.BUYER)
    assert (await desk.get("seller:sel_2", f"/evidence/{id}/content")).status_code == 404


async def test_a_job_that_was_killed_between_its_two_steps_does_them_again(desk: Desk) -> None:
    """INVARIANT: would break if an erasure were closed before its work was done."""
    id = await desk.submit(BUYER)
    await desk.erased("buy_1", Role.BUYER)
    await desk.mongo.change("erasures", {}, [{"$set": {"done": False}}])
    assert await erase_next_person(desk.mongo)
    assert not await erase_next_person(desk.mongo)
    assert (await desk.get(BUYER, f"/evidence/{id}/content")).status_code == 409
