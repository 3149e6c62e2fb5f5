"""The admin port: what it shows, what can be switched off, and what settings are refused. Needs nothing: nothing connects."""

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from chassis.parts import Parts, Service
from chassis.service import create_app
from chassis.settings import Settings

SERVICE = Service("chassis", "Things", lambda _runtime: Parts())


def settings(**changed: object) -> Settings:
    told: dict[str, object] = {
        "env": "test",
        "kafka": "kafka.invalid:9092",
        "mongo": SecretStr("mongodb://mongo.invalid/?replicaSet=none"),
        "oidc_issuer": "https://issuer.invalid",
    }
    return Settings.model_validate(told | changed)


async def statuses(*, docs: bool, public: bool) -> dict[str, int]:
    app = create_app(SERVICE, settings(docs=docs))
    transport = httpx.ASGITransport(app if public else app.state.admin)
    async with httpx.AsyncClient(transport=transport, base_url="http://things") as http:
        paths = ("/metrics", "/metrics/", "/docs", "/openapi.json", "/livez")
        return {path: (await http.get(path)).status_code for path in paths}


async def test_the_admin_port_measures_and_describes() -> None:
    assert set((await statuses(docs=True, public=False)).values()) == {200}


async def test_the_description_can_be_switched_off() -> None:
    shown = await statuses(docs=False, public=False)
    assert shown == {"/metrics": 200, "/metrics/": 200, "/docs": 404, "/openapi.json": 404, "/livez": 200}


@pytest.mark.parametrize("docs", [True, False])
async def test_the_public_port_has_the_probes_alone(docs: bool) -> None:
    """INVARIANT: S16; would break if what operators read were mounted beside the API."""
    shown = await statuses(docs=docs, public=True)
    assert shown == {"/metrics": 404, "/metrics/": 404, "/docs": 404, "/openapi.json": 404, "/livez": 200}


@pytest.mark.parametrize(
    "changed",
    [
        {"http_port": 8080, "admin_port": 8080},
        {"limits": {"drafts": []}},
        {"limits": {"everything": [{"times": 1, "within_seconds": 1}]}},
        {"limits": {"drafts": [{"times": 0, "within_seconds": 60}]}},
        {"oidc_keys_patience_seconds": 0},
        {"oidc_staff_without_markets": "some"},
    ],
    ids=str,
)
def test_a_setting_that_would_open_or_close_too_much_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(**changed)


def test_any_free_ports_may_be_asked_for() -> None:
    assert settings(http_port=0, admin_port=0).admin_port == 0
