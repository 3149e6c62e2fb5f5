"""The settings of a service as values of its chart: each that an operator may choose, with the type and bounds of the code."""

from typing import Any

from pydantic import SecretStr

from chassis.settings import Settings

_OWNED = frozenset(
    {
        "env",
        "failpoint",
        "http_host",
        "http_port",
        "admin_host",
        "admin_port",
        "markets",
        "roles",
        "sla_roles",
        "kafka_ca_file",
        "kafka_certificate_file",
        "kafka_key_file",
        "consumer_auto_offset_reset",
        "consumer_auto_commit",
        "producer_acks",
    }
)
"""Settings that the templates set themselves, or that have one safe value."""

REQUIRED = ("kafka", "oidc_issuer")
"""Settings without a default that are no secrets."""


def camel(name: str) -> str:
    """Return a setting's name as a key of the values."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def config_schema(settings: type[Settings]) -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each setting that is a value of `config`, by its key; closed at every level."""
    schema = settings.model_json_schema()
    definitions = schema.get("$defs", {})
    return {
        camel(name): _closed(schema["properties"][name], definitions)
        for name, field in settings.model_fields.items()
        if name not in _OWNED and field.annotation is not SecretStr
    }


def secret_names(settings: type[Settings]) -> list[str]:
    """Return the settings of a service that are secrets: charts take each from an existing Secret."""
    return [name for name, field in settings.model_fields.items() if field.annotation is SecretStr]


def _closed(node: Any, definitions: dict[str, Any]) -> Any:
    """Resolve references and close objects; leave out what only documents."""
    if isinstance(node, list):
        return [_closed(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _closed(definitions[node["$ref"].rpartition("/")[2]], definitions)
    kept = {key: value for key, value in node.items() if key not in ("title", "env_names", "propertyNames")}
    closed = {
        key: _closed_members(value, definitions) if key == "properties" else _closed(value, definitions)
        for key, value in kept.items()
        if key != "prefixItems"
    }
    if closed.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    if "propertyNames" in node:  # a mapping by known names
        names = _closed(node["propertyNames"], definitions)["enum"]
        closed = {"type": "object", "properties": dict.fromkeys(names, closed["additionalProperties"])}
        closed["additionalProperties"] = False
    return closed


def _closed_members(members: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    return {name: _closed(member, definitions) for name, member in members.items()}
