"""The compatibility rule: contracts change by addition only. Compares a committed schema with one that shall follow it.

What a committed version accepts never changes: a new optional field is a new version beside the old one, and anything
else is a new event type. A further value of an open enumeration does not change what is accepted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

_WORDS = {"title", "description", "examples", "default", "$schema", "$id", "$defs"}
"""Keywords that say something to people and accept or refuse nothing."""
_STRUCTURE = {"properties", "required", "items", "anyOf", "enum", "additionalProperties"}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where (`decision.lines[].kind`), what, and whether the rule forbids it."""

    where: str
    what: str
    breaks: bool

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def changes(old: Schema, new: Schema) -> list[Change]:
    """Return every difference in what two schemas accept, in the order of the fields."""
    return list(_node("", old, new, _Pair(old.get("$defs", {}), new.get("$defs", {})), open_enum=False))


@dataclass(frozen=True, slots=True)
class _Pair:
    """The definitions of both sides."""

    old: Schema
    new: Schema


def _resolved(node: Schema, definitions: Schema) -> Schema:
    reference = node.get("$ref")
    return definitions[reference.rpartition("/")[2]] if isinstance(reference, str) else node


def _node(where: str, old: Schema, new: Schema, defs: _Pair, open_enum: bool) -> Iterator[Change]:
    old, new = _resolved(old, defs.old), _resolved(new, defs.new)
    if _constraints(old) != _constraints(new):
        yield Change(where or "the value", "retyped: what it accepts is not the same", True)
        return
    yield from _enum(where, old, new, open_enum)
    yield from _fields(where, old, new, defs)
    yield from _alternatives(where, old, new, defs)
    for keyword, suffix in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(old.get(keyword), dict) and isinstance(new.get(keyword), dict):
            yield from _node(where + suffix, old[keyword], new[keyword], defs, open_enum=False)


def _constraints(node: Schema) -> Schema:
    """Everything that must stay equal: types, formats, patterns, bounds, and which structures there are."""
    plain = {k: v for k, v in node.items() if k not in _WORDS | _STRUCTURE}
    present = {f"has {k}": True for k in ("items", "additionalProperties", "anyOf", "enum") if k in node}
    return {**plain, **present}


def _enum(where: str, old: Schema, new: Schema, open_enum: bool) -> Iterator[Change]:
    before, after = old.get("enum", []), new.get("enum", [])
    for value in before:
        if value not in after:
            yield Change(where, f"the value {value} was removed", True)
    if open_enum:
        return
    for value in after:
        if value not in before:
            yield Change(where, f"the value {value} was added to a closed enumeration", True)


def _fields(where: str, old: Schema, new: Schema, defs: _Pair) -> Iterator[Change]:
    before, after = old.get("properties", {}), new.get("properties", {})
    must_before, must_after = old.get("required", []), new.get("required", [])
    for name in before:
        field = f"{where}.{name}" if where else name
        if name not in after:
            yield Change(field, "removed or renamed", True)
            continue
        yield from _node(field, before[name], after[name], defs, open_enum=False)
        if (name in must_before) != (name in must_after):
            yield Change(field, "is now required" if name in must_after else "is no longer required", True)
    for name in after:
        if name not in before:
            required = name in must_after
            what = "a new required field" if required else "a new optional field"
            yield Change(f"{where}.{name}" if where else name, what, required)


def _alternatives(where: str, old: Schema, new: Schema, defs: _Pair) -> Iterator[Change]:
    before, after = old.get("anyOf", []), new.get("anyOf", [])
    if len(before) != len(after):
        yield Change(where, "retyped: it has other alternatives", True)
        return
    open_enum = {"type": "string"} in after
    for one, other in zip(before, after, strict=True):
        yield from _node(where, one, other, defs, open_enum)
