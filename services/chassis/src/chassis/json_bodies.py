"""JSON bodies of requests: one that names a member twice is refused, because no two readers agree on what it says.

RFC 8259, 4, leaves open which of the values counts. Everything else about a body is left to those who read it.
"""

import json
from collections.abc import Iterable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive


class MemberRepeated(HTTPException):
    """An object in the body names a member twice."""

    def __init__(self) -> None:
        super().__init__(400)


def is_json(media_type: str) -> bool:
    """Tell whether a Content-Type names JSON. Its case and its parameters do not matter (RFC 9110, 8.3.1)."""
    kind = media_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def refusing_repeated_members(receive: Receive) -> Receive:
    """Receive a JSON body. With its last piece it raises MemberRepeated if an object in it names a member twice."""
    parts: list[bytes] = []

    async def checked() -> Message:
        message = await receive()
        if message["type"] == "http.request":
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                _refuse_repeated_members(b"".join(parts))
                parts.clear()
        return message

    return checked


def _refuse_repeated_members(body: bytes) -> None:
    try:
        json.loads(body, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return  # not JSON: who reads it says so


def _unique(members: Iterable[tuple[str, Any]]) -> None:
    names: set[str] = set()
    for name, _ in members:
        if name in names:
            raise MemberRepeated
        names.add(name)
