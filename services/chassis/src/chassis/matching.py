"""The part of MongoDB's query language that consumers use, for the store in memory: proved beside the real one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chassis.store import Document

Filter = Mapping[str, Any]
Sort = Sequence[tuple[str, int]]

_ABSENT = object()
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$in": lambda value, given: any(_equal(value, one) for one in given),
    "$nin": lambda value, given: not any(_equal(value, one) for one in given),
    "$ne": lambda value, given: not _equal(value, given),
    "$lt": lambda value, given: _comparable(value, given) and value < given,
    "$lte": lambda value, given: _comparable(value, given) and value <= given,
    "$gt": lambda value, given: _comparable(value, given) and value > given,
    "$gte": lambda value, given: _comparable(value, given) and value >= given,
    "$exists": lambda value, given: (value is not _ABSENT) is given,
}


class UnknownOperator(Exception):
    """The store in memory does not know this operator; use it on MongoDB, or teach it here beside a test."""


def matches(document: Document, where: Filter) -> bool:
    """Tell whether a document matches a filter. Raises UnknownOperator."""
    return all(_holds(document, name, condition) for name, condition in where.items())


def order_of(value: Any) -> tuple[bool, Any]:
    """Return what a value sorts by: what is missing comes first, as in MongoDB."""
    return (value is not None, value if value is not None else 0)


def _holds(document: Document, name: str, condition: Any) -> bool:
    if name == "$and":
        return all(matches(document, one) for one in condition)
    if name == "$or":
        return any(matches(document, one) for one in condition)
    if name.startswith("$"):
        raise UnknownOperator(name)
    value = _value(document, name)
    if not (isinstance(condition, Mapping) and any(key.startswith("$") for key in condition)):
        return _equal(value, condition)
    for operator, given in condition.items():
        if operator not in _OPERATORS:
            raise UnknownOperator(operator)
        if not _OPERATORS[operator](value, given):
            return False
    return True


def _value(document: Any, path: str) -> Any:
    for name in path.split("."):
        document = document.get(name, _ABSENT) if isinstance(document, Mapping) else _ABSENT
    return document


def _equal(value: Any, given: Any) -> bool:
    """A missing field equals null, and a list equals each of its elements, as in MongoDB."""
    value = None if value is _ABSENT else value
    return bool(value == given) or (isinstance(value, list | tuple) and given in value)


def _comparable(value: Any, given: Any) -> bool:
    return value is not _ABSENT and value is not None and type(value) is type(given)
