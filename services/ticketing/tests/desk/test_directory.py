"""Where display names are: told to everybody with a token, and refused at start where it could lead astray."""

import pytest
from pydantic import SecretStr, ValidationError

from chassis.testing.desk import a_desk
from ticketing.app import SERVICE
from ticketing.desk.settings import TicketingSettings


def settings(display_names: str, env: str = "test") -> TicketingSettings:
    return TicketingSettings.model_validate(
        {
            "env": env,
            "kafka": "kafka.invalid:9092",
            "mongo": SecretStr("mongodb://mongo.invalid/?replicaSet=none"),
            "oidc_issuer": "https://issuer.invalid",
            "cursor_key": SecretStr("k" * 32),
            "display_names": display_names,
        }
    )


async def test_who_has_no_token_learns_nothing_and_nothing_is_said_where_nothing_is_set() -> None:
    async with a_desk(SERVICE) as desk:
        for who in ("buyer:buy_1", "seller:sel_1", "agent:agt_1"):
            answer = await desk.get(who, "/directory")
            assert (answer.status_code, answer.json()) == (200, {"display_names": None})
        assert (await desk.http.get("/directory")).status_code == 401


@pytest.mark.parametrize("told", ["https://shop.example/people/{role}/{id}", "https://shop.example/people?id={id}", ""])
def test_a_template_with_an_id_is_taken(told: str) -> None:
    assert settings(told, "production").display_names == told


@pytest.mark.parametrize(
    "told",
    [
        "https://shop.example/people",
        "https://shop.example/{role}",
        "https://shop.example/{id}/{name}",
        "https://shop.example/{+id}",
        "https://shop.example/{id",
        "https://{id}",
        "//shop.example/{id}",
        "http://shop.example/{id}",
        "javascript:alert({id})",
        "https://shop.example/a b/{id}",
    ],
)
def test_anything_else_is_refused_at_start(told: str) -> None:
    """INVARIANT: would break if a screen asked somebody else, or in the clear, for the name of a person."""
    with pytest.raises(ValidationError, match="display_names"):
        settings(told, "production")
