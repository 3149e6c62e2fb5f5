"""A decision that was taken back carries no further charge (S-3): none is proposed by it, and none is approved."""

import os
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from billing.api import router_for
from billing.store import CHARGES, DECISIONS, ORDER_LINES, TAKEN_BACK
from billing_situations import LARGE_CHARGE, NOON, TERMS
from fastapi import FastAPI

from billing.app import SERVICE
from chassis import problems
from chassis.aggregate import Cause, Session
from chassis.auth import Actor, TokenVerifier
from chassis.http import Edge, Runtime
from chassis.mongo import Mongo
from chassis.settings import Settings
from chassis.testing import FixedClock
from ombud_contracts.market import load_markets
from ombud_contracts.vocabulary import Role

LINE = {"market": "lv", "seller_id": "sel_1", "buyer_id": "buy_1", "currency": "EUR", "paid_minor": 12_990}
DECISION = {
    "case_id": "cas_1",
    "market": "lv",
    "seller_id": "sel_1",
    "buyer_id": "buy_1",
    "order_id": "ord_1",
    "line_id": "lin_1",
    "appeal_until": NOON + timedelta(days=30),
}


class Supervisors(TokenVerifier):
    """Everybody is a supervisor."""

    async def verify(self, token: str) -> Actor:
        return Actor(token, Role.SUPERVISOR, None)


@pytest.fixture
async def http(mongo: Mongo) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        env="test", kafka="none:1", mongo=os.environ["OMBUD_MONGO"], oidc_issuer="https://issuer.invalid"
    )
    people = Supervisors("https://issuer.invalid", "ombud")
    app = FastAPI()
    app.state.runtime = Runtime("billing", settings, mongo, FixedClock(NOON), people, SERVICE.refusals)
    problems.install(app, SERVICE.refusals, [])
    app.include_router(router_for(load_markets()))
    app.add_middleware(Edge, max_body_bytes=1_000_000, observe=lambda _scope, _status, _seconds: None)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://billing") as client:
        yield client


async def post(http: httpx.AsyncClient, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
    headers = {"Authorization": "Bearer sup_1", "Idempotency-Key": uuid.uuid4().hex}
    answer = await http.post(path, json=body, headers=headers)
    return answer.status_code, str(answer.json().get("type", "")).rpartition(":")[2]


@pytest.mark.parametrize(("taken_back", "status"), [(False, 2), (True, 4)])
async def test_nothing_is_charged_by_a_decision_that_was_taken_back(
    mongo: Mongo, http: httpx.AsyncClient, taken_back: bool, status: int
) -> None:
    session = Session(mongo, FixedClock(NOON))
    unit = session.unit(Cause("test", "test"))
    unit.upsert(ORDER_LINES, "ord_1|lin_1", LINE)
    unit.upsert(DECISIONS, "dec_1", DECISION)
    await unit.execute(CHARGES, TERMS.charge_id, LARGE_CHARGE)
    if taken_back:
        unit.upsert(TAKEN_BACK, "dec_1", {"at": NOON})
    await session.commit()
    late = {"line": "label", "kind": "RETURN_LABEL", "amount_minor": 690, "currency": "EUR"}
    proposed = await post(http, "/decisions/dec_1/charges", late)
    approved = await post(http, f"/charges/{TERMS.charge_id}/approval")
    assert [answer[0] // 100 for answer in (proposed, approved)] == [status, status]
    if taken_back:
        assert {proposed, approved} == {(409, "decision_taken_back")}
