"""What one may not see answers as what does not exist, on every route and for every role: status, body, and headers."""

import re

import httpx
import pytest
from matter import Actor, Matter
from test_access import BODIES

from ombud_contracts.vocabulary import Role

OUTSIDERS: tuple[tuple[Actor, tuple[str, ...]], ...] = (
    (("buyer", "buy_other"), ()),
    (("seller", "sel_other"), ()),
    *(((role, f"{role}_elsewhere"), ("pt",)) for role in ("agent", "mediator", "supervisor", "administrator")),
)
_ID = re.compile(r"{(\w+)}")


def _told(answer: httpx.Response, path: str) -> tuple[object, ...]:
    """All that an answer tells, but its trace and the path that was asked for."""
    body = re.sub(r'"traceId":"?\w*"?', "", answer.text).replace(path, "")
    headers = {name: value for name, value in answer.headers.items() if name not in ("date", "content-length")}
    return answer.status_code, body, headers


@pytest.mark.parametrize("role", [actor[0] for actor, _ in OUTSIDERS])
@pytest.mark.parametrize(("service", "route"), BODIES)
async def test_a_hidden_thing_cannot_be_told_from_none(matter: Matter, service: str, route: str, role: Role) -> None:
    """INVARIANT: S1; would break if a route looked at a thing, or at its state, before it asks whose it is."""
    actor, markets = next((who, where) for who, where in OUTSIDERS if who[0] == role)
    method, _, pattern = route.partition(" ")
    ids = matter.ids_in(service)
    hidden = _ID.sub(lambda name: ids[name[1]], pattern)
    absent = _ID.sub(lambda name: ids[name[1]] if name[1] == "month" else f"{ids[name[1]][:4]}none", pattern)
    told = [
        _told(await matter.ask(actor, method, service, path, BODIES[service, route], markets=markets), path)
        for path in (hidden, absent)
    ]
    assert told[0] == told[1]
