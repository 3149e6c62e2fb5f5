"""New ids: a prefix that says what it is, and a ULID (sortable by creation, 80 random bits)."""

import hashlib

from ulid import ULID


def new_id(prefix: str) -> str:
    """Return an id such as `cas_01JD…`."""
    return f"{prefix}_{ULID()}"


def derived_id(prefix: str, *parts: str) -> str:
    """Return the id that always belongs to these parts, so that a repeat meets the same document."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    return f"{prefix}_{digest[:26]}"
