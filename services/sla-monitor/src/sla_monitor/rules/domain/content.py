"""The content of a version as plain data, in the one form in which it is kept and compared."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Content = Mapping[str, Any]


def as_text(content: Mapping[str, Any]) -> str:
    """Return a content as canonical JSON text."""
    return json.dumps(content, sort_keys=True, default=str)


def instant_of(text: str) -> datetime:
    """Return an ISO instant, or the UTC midnight that begins an ISO date."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
