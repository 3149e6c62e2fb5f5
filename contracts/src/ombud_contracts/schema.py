"""The published JSON Schema of an event: 2020-12, open, named by the `dataschema` attribute that travels with the event.

Producers are closed (an event class refuses unknown fields), but what is published is not: a validator that a consumer
generated from a schema must accept the fields of a newer version.
"""

from typing import Any

from ombud_contracts.cloudevents import SCHEMA_BASE
from ombud_contracts.event import Event

DIALECT = "https://json-schema.org/draft/2020-12/schema"
LOCAL_DEFINITIONS = "#/$defs/{model}"
Schema = dict[str, Any]


def schema_id(event: type[Event]) -> str:
    """Return the schema's `$id`, which is the event's `dataschema`."""
    return f"{SCHEMA_BASE}{event.type}:{event.version}"


def published_schema(event: type[Event], ref_template: str = LOCAL_DEFINITIONS) -> Schema:
    """Return the open schema of an event's data; definitions stand under `$defs`, referred to by `ref_template`."""
    generated = event.model_json_schema(ref_template=ref_template, mode="validation")
    return {"$schema": DIALECT, "$id": schema_id(event), **opened(generated)}


def opened(node: Any) -> Any:
    """Drop what closes a schema; everything else stays as it is."""
    if isinstance(node, list):
        return [opened(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {k: opened(v) for k, v in node.items() if not (k == "additionalProperties" and v is False)}
