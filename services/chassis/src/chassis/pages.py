"""Pages of a list: documents in an order, from a position on that a cursor carries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.store import Document, Reader

Position = Sequence[object] | None
"""The values of the last document of the page before, as JSON; None for the first page."""


@dataclass(frozen=True, slots=True)
class Sorting:
    """In which order a list is read: paths of fields with 1 or -1, the last of them `_id`. A field that is null sorts
    nowhere: the filter of the list leaves such documents out."""

    fields: tuple[tuple[str, int], ...]
    instants: frozenset[str]
    """Which of the fields are instants."""

    def position_of(self, document: Document) -> list[Any]:
        """Return where a document stands, as JSON."""
        values = [_at(document, path) for path, _ in self.fields]
        return [value.isoformat() if isinstance(value, datetime) else value for value in values]

    def behind(self, position: Sequence[object]) -> Document:
        """Return the filter of what comes after a position."""
        place = [
            datetime.fromisoformat(str(value)) if field in self.instants else value
            for (field, _), value in zip(self.fields, position, strict=True)
        ]
        options = []
        for depth, (field, direction) in enumerate(self.fields):
            same = {f: v for (f, _), v in zip(self.fields[:depth], place[:depth], strict=True)}
            options.append({**same, field: {"$gt" if direction > 0 else "$lt": place[depth]}})
        return {"$or": options}


def sorted_by(*fields: tuple[str, int], instants: Sequence[str] = ()) -> Sorting:
    """Return the order by these fields, and by `_id` where they are the same."""
    return Sorting((*fields, ("_id", fields[-1][1])), frozenset(instants))


async def page_of(
    reader: Reader, collection: str, where: Document, sorting: Sorting, after: Position, limit: int
) -> tuple[list[Document], list[Any] | None]:
    """Return at most `limit` documents behind a position, and the position of the last when more follow."""
    asked = where if after is None else {"$and": [where, sorting.behind(after)]}
    found = await reader.find(collection, asked, sort=sorting.fields, limit=limit + 1)
    shown = found[:limit]
    return shown, sorting.position_of(shown[-1]) if len(found) > limit else None


def _at(document: Document, path: str) -> Any:
    value: Any = document
    for name in path.split("."):
        value = value[name]
    return value
