"""People of the story: each has a token and talks to the services over HTTP, as an app would."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from ombud_local.story.truth import Untrue
from ombud_words import PersonId

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a role."""

    role: str
    id: PersonId
    token: str
    urls: Mapping[str, str]
    client: httpx.AsyncClient

    async def ask(
        self, method: str, service: str, path: str, body: Json | None = None, key: str = ""
    ) -> httpx.Response:
        """Send a request and return whatever comes back."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if method == "POST":
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        return await self.client.request(method, f"{self.urls[service]}{path}", json=body, headers=headers)

    async def get(self, service: str, path: str) -> Json:
        """Return a screen. Raises Untrue when it is refused."""
        return _granted(await self.ask("GET", service, path), path)

    async def post(self, service: str, path: str, body: Json | None = None) -> Json:
        """Do something and return its effect. Raises Untrue when it is refused."""
        return _granted(await self.ask("POST", service, path, body), path)

    async def refused(self, service: str, path: str, body: Json | None = None) -> Json:
        """Try something that must be refused, and return the problem. Raises Untrue when it is granted."""
        answer = await self.ask("POST", service, path, body)
        if answer.status_code < 400:
            raise Untrue(f"{path} was granted to the {self.role}")
        return {"http": answer.status_code, **answer.json()}

    async def text(self, service: str, path: str) -> str:
        """Return a document that is not JSON."""
        answer = await self.ask("GET", service, path)
        if answer.status_code != httpx.codes.OK:
            raise Untrue(f"{path} answered {answer.status_code}")
        return answer.text


def _granted(answer: httpx.Response, path: str) -> Json:
    if answer.status_code >= 400:
        raise Untrue(f"{path} answered {answer.status_code}: {answer.text[:300]}")
    granted: Json = answer.json()
    return granted
