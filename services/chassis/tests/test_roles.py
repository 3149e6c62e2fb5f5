"""What a process does and answers by its roles, and what is refused. Needs nothing: nothing connects."""

import os
import subprocess
import sys

import httpx
import pytest
from fastapi import APIRouter
from pydantic import SecretStr, ValidationError

from chassis.parts import Parts, Service
from chassis.printed_settings import rows_of
from chassis.roles import EVERYWHERE, Role
from chassis.service import create_app
from chassis.settings import Settings
from sla_monitor.settings import SlaSettings

GIVEN = {
    "env": "test",
    "kafka": "kafka.invalid:9092",
    "mongo": SecretStr("mongodb://mongo.invalid/?replicaSet=none&serverSelectionTimeoutMS=1"),
    "oidc_issuer": "https://issuer.invalid",
}


def settings(roles: str | None, kind: type[Settings] = Settings) -> Settings:
    return kind.model_validate(GIVEN if roles is None else {**GIVEN, "roles": roles})


def test_a_process_does_all_that_its_service_has_unless_told() -> None:
    assert settings(None).roles == EVERYWHERE
    assert settings(None, SlaSettings).roles == tuple(Role)


@pytest.mark.parametrize("given", ["consume,api", " api , consume ", "api,consume,api"])
def test_roles_are_a_comma_list_in_any_order(given: str) -> None:
    named = settings(given)
    assert named.roles == (Role.API, Role.CONSUME)
    assert ("OMBUD_ROLES", "api,consume", "default") in set(rows_of(named))


@pytest.mark.parametrize("given", ["", " ", ",", "serve", "API", "api,", "api;consume", '["api"]', "fire"])
def test_a_role_that_does_not_exist_is_refused_with_those_that_do(given: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(given)
    (said,) = refused.value.errors(include_input=False)
    assert said["loc"] == ("roles",)
    assert said["msg"].endswith("this service has api,consume,relay,jobs")


@pytest.mark.parametrize(
    ("module", "roles", "said"),
    [
        (
            "ticketing",
            "api,fire",
            "OMBUD_ROLES: Value error, a role is named that does not exist here: this service has api",
        ),
        ("sla_monitor", "serve", "has api,consume,relay,fire,jobs"),
    ],
)
def test_a_service_does_not_start_in_a_role_that_it_does_not_have(module: str, roles: str, said: str) -> None:
    told = {
        **os.environ,
        "OMBUD_ENV": "test",
        "OMBUD_KAFKA": "127.0.0.1:9",
        "OMBUD_MONGO": "mongodb://127.0.0.1:9/?replicaSet=none",
        "OMBUD_OIDC_ISSUER": "http://127.0.0.1:9",
        "OMBUD_ROLES": roles,
    }
    ended = subprocess.run([sys.executable, "-m", module], env=told, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert said in ended.stderr


async def test_a_process_without_the_api_has_probes_and_no_routes() -> None:
    router = APIRouter()

    @router.get("/things")
    async def things() -> list[str]:
        return []

    service = Service("chassis", "Things", lambda _runtime: Parts(routers=[router]))
    answered = {}
    for roles in ("api", "relay"):
        app = create_app(service, settings(roles))
        async with (
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://things") as public,
            httpx.AsyncClient(transport=httpx.ASGITransport(app.state.admin), base_url="http://things") as admin,
        ):
            paths = ("/livez", "/metrics")
            answered[roles] = (
                (await public.get("/things")).status_code,
                [(await admin.get(path)).status_code for path in paths],
            )
    assert answered == {"api": (200, [200, 200]), "relay": (404, [200, 200])}


@pytest.mark.parametrize(
    ("roles", "missing"),
    [
        ("api", ["start", "outbox", "database"]),
        ("consume", ["start", "database"]),
        ("relay", ["start", "outbox", "database"]),
        ("jobs", ["start", "database"]),
    ],
)
async def test_readiness_speaks_of_the_own_roles_alone(roles: str, missing: list[str]) -> None:
    """Would break if a process that only consumes were taken out for an outbox that another one publishes."""
    app = create_app(Service("chassis", "Things", lambda _runtime: Parts()), settings(roles))
    app.state.runtime.overloaded = True
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app.state.admin), base_url="http://things") as admin:
        answer = await admin.get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, missing)
