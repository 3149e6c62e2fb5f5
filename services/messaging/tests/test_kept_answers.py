"""The answer of a command is kept with its key, in the open and for good: it holds nothing that somebody wrote (R-04)."""

from collections.abc import Iterator
from typing import Any

import pytest

from chassis.documents import composed
from messaging.app import SERVICE

pytestmark = pytest.mark.rule("R-04")
Json = dict[str, Any]
DESCRIBED: Json = composed(SERVICE).openapi()
_FREE_TEXT = 1_000
"""What may be as long as this is no code and no id."""


def named(schema: Json, seen: tuple[str, ...] = ()) -> Iterator[tuple[str, Json]]:
    """Every property of a schema and of what it refers to, by name."""
    ref = schema.get("$ref", "").rpartition("/")[2]
    if ref in seen:
        return
    if ref:
        yield from named(DESCRIBED["components"]["schemas"][ref], (*seen, ref))
    for name, inner in schema.get("properties", {}).items():
        yield name, inner
        yield from named(inner, seen)
    of_list = [schema["items"]] if "items" in schema else []
    for inner in (*of_list, *schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from named(inner, seen)


def written_in(operation: Json) -> set[str]:
    """The free texts that a keyed command takes."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return {name for name, schema in named(body) if schema.get("maxLength", 0) >= _FREE_TEXT}


KEYED = {
    path: operation
    for path, methods in DESCRIBED["paths"].items()
    for operation in methods.values()
    if any(p["name"].lower() == "idempotency-key" for p in operation.get("parameters", ()))
}
_TEXTS = {"text", "shown", "original", "file_name"} | {name for o in KEYED.values() for name in written_in(o)}
_NOT_KEPT = {"/conversations/{case_id}/attachments"}
"""A file's row is its own proof against a repeat: no answer is kept."""


def test_free_texts_are_known() -> None:
    """The control: without it the test below would say nothing."""
    assert {"text", "statement", "allegation", "answer"} <= _TEXTS


@pytest.mark.parametrize("path", sorted(KEYED.keys() - _NOT_KEPT))
def test_the_kept_answer_of_a_command_holds_no_words(path: str) -> None:
    """INVARIANT: would break if words stayed in the open beside their sealed text, and after their author was erased."""
    for status, answer in KEYED[path]["responses"].items():
        if status.startswith("2"):
            shown = {name for name, _ in named(answer["content"]["application/json"]["schema"])}
            assert shown & _TEXTS == set()
