"""The part of MongoDB's query language that units use: for the store in memory, and over what a transaction is about to
write. Proved beside the real one."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from chassis.store import Document, Filter, Sort

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
    "$regex": lambda value, given: isinstance(value, str) and re.search(given, value) is not None,
}


class UnknownOperator(Exception):
    """The store in memory does not know this operator; use it on MongoDB, or teach it here beside a test."""


Check = Callable[[Document], bool]


def matches(document: Document, where: Filter) -> bool:
    """Tell whether a document matches a filter. Raises UnknownOperator."""
    return all(check(document) for check in _checks(where))


def order_of(value: Any) -> tuple[bool, Any]:
    """Return what a value sorts by: what is missing comes first, as in MongoDB."""
    return (value is not None, value if value is not None else 0)


def selected(
    documents: Iterable[Document], where: Filter, sort: Sort, limit: int, only: Sequence[str]
) -> list[Document]:
    """Return what a query finds among documents: filtered, sorted, cut, and reduced to some fields."""
    found = list(documents)
    for check in _checks(where):
        found = [document for document in found if check(document)]
    for field, direction in reversed(sort):
        found.sort(key=lambda document: order_of(_value(document, field, None)), reverse=direction < 0)
    wanted = {"_id", *only} if only else None
    return [{k: v for k, v in d.items() if wanted is None or k in wanted} for d in found[:limit]]


def _checks(where: Filter) -> list[Check]:
    """Return what must hold of a document, each read once for a whole collection. Raises UnknownOperator."""
    checks: list[Check] = []
    for name, condition in where.items():
        if name == "$and":
            checks += [check for one in condition for check in _checks(one)]
        elif name == "$or":
            checks.append(_any_of([_checks(one) for one in condition]))
        elif name.startswith("$"):
            raise UnknownOperator(name)
        elif isinstance(condition, Mapping) and any(key.startswith("$") for key in condition):
            checks += [_compares(name, operator, given) for operator, given in condition.items()]
        else:
            checks.append(_equals(name, condition))
    return checks


def _any_of(choices: Sequence[Sequence[Check]]) -> Check:
    return lambda document: any(all(check(document) for check in checks) for checks in choices)


def _compares(name: str, operator: str, given: Any) -> Check:
    if operator not in _OPERATORS:
        raise UnknownOperator(operator)
    holds = _OPERATORS[operator]
    return lambda document: holds(_value(document, name), given)


def _equals(name: str, given: Any) -> Check:
    if "." in name:
        return lambda document: _equal(_value(document, name), given)
    return lambda document: _equal(document.get(name), given)


def _value(document: Any, path: str, absent: Any = _ABSENT) -> Any:
    for name in path.split("."):
        document = document.get(name, absent) if isinstance(document, Mapping) else absent
    return document


def _equal(value: Any, given: Any) -> bool:
    """A missing field equals null, and a list equals each of its elements, as in MongoDB."""
    value = None if value is _ABSENT else value
    return bool(value == given) or (isinstance(value, list | tuple) and given in value)


def _comparable(value: Any, given: Any) -> bool:
    """MongoDB compares numbers with numbers, whatever their width, and otherwise like with like alone."""
    return value is not _ABSENT and value is not None and _sort_of(value) is _sort_of(given)


def _sort_of(value: Any) -> type:
    if isinstance(value, bool):
        return bool
    return next((sort for sort, types in _SORTS if isinstance(value, types)), type(value))


_SORTS: tuple[tuple[type, tuple[type, ...]], ...] = ((float, (int, float)), (str, (str,)), (bytes, (bytes,)))
