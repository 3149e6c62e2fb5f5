"""Values of a chart as a tree, from which its values.yaml, its schema and the table in its README are written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value: what it is for, its default, and what is accepted. One that is not `listed` has its default in the code."""

    about: str
    default: Any
    schema: Schema
    listed: bool = True


@dataclass(frozen=True, slots=True)
class Branch:
    """Values that belong together."""

    about: str
    members: Mapping[str, "Leaf | Branch"]


Tree = Mapping[str, Leaf | Branch]

TEXT: Schema = MappingProxyType({"type": "string"})
FLAG: Schema = MappingProxyType({"type": "boolean"})
TEXTS: Schema = MappingProxyType({"type": "object", "additionalProperties": {"type": "string"}})
"""A map of texts, such as labels: its keys are the user's."""


def text(about: str, default: str = "", *, pattern: str | None = None) -> Leaf:
    """Return a value that is a text."""
    return Leaf(about, default, {**TEXT, "pattern": pattern} if pattern else TEXT)


def flag(about: str, default: bool = False) -> Leaf:
    """Return a value that is true or false."""
    return Leaf(about, default, FLAG)


def whole(about: str, default: int, *, least: int = 0, most: int | None = None) -> Leaf:
    """Return a value that is a whole number within bounds."""
    bounds = {"minimum": least} | ({} if most is None else {"maximum": most})
    return Leaf(about, default, {"type": "integer", **bounds})


def one_of(about: str, default: str, *choices: str) -> Leaf:
    """Return a value that is one of a few words."""
    return Leaf(about, default, {"type": "string", "enum": list(choices)})


def texts(about: str) -> Leaf:
    """Return a map of texts whose keys are the user's."""
    return Leaf(about, {}, TEXTS)


def items(about: str, of: Schema, default: list[Any] | None = None) -> Leaf:
    """Return a list of what a schema describes."""
    return Leaf(about, default or [], {"type": "array", "items": dict(of)})


def schema_of(tree: Tree) -> dict[str, Any]:
    """Return the JSON Schema of a tree; whatever it does not name is refused."""
    members = {
        name: schema_of(node.members) | {"description": node.about}
        if isinstance(node, Branch)
        else {**node.schema, "description": node.about}
        for name, node in tree.items()
    }
    return {"type": "object", "additionalProperties": False, "properties": members}


def flat(tree: Tree, before: str = "") -> Iterator[tuple[str, Leaf]]:
    """Yield each value with its path."""
    for name, node in tree.items():
        if isinstance(node, Branch):
            yield from flat(node.members, f"{before}{name}.")
        else:
            yield f"{before}{name}", node
