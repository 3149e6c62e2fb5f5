"""Writes each service's OpenAPI and AsyncAPI documents to docs/api (`python -m chassis.documents [--check]`).

A service is composed with settings that point nowhere: nothing connects before its lifespan starts, so no infrastructure
is needed. What a service receives is what FastStream knows of its broker; what it sends are the contracts' events whose
type names it.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from faststream.specification import AsyncAPI
from pydantic import SecretStr
from pydantic.json_schema import models_json_schema

from chassis.parts import Service
from chassis.service import create_app
from ombud_contracts import REGISTRY, Event, groups, topics
from ombud_contracts.generate import REPOSITORY, as_text, run
from ombud_contracts.schema import opened, schema_id

Document = dict[str, Any]

SERVICES = tuple(sorted({group.consumer for group in groups.ALL}))
"""Every service listens to something."""
FOLDER = "docs/api"
_KAFKA_BINDING = "0.5.0"
_TOPICS = {topic.name: topic for topic in topics.ALL}


def composed(service: Service) -> FastAPI:
    """Return a service's app, composed with settings that point nowhere."""
    settings = service.settings(
        _env_prefix="OMBUD_DOCUMENTS_",  # what is set for this process must not show in a document
        env="test",
        kafka="kafka.invalid:9092",
        mongo=SecretStr("mongodb://mongo.invalid/?replicaSet=none"),
        oidc_issuer="https://issuer.invalid",
    )
    return create_app(service, settings)


def received_topics(app: FastAPI) -> dict[str, list[str]]:
    """Return the topics that a service's broker subscribes to, each with its groups, as FastStream describes them."""
    described = AsyncAPI(app.state.broker).to_specification().to_jsonable()
    found: dict[str, list[str]] = {}
    for name, channel in described["channels"].items():
        found.setdefault(channel["address"], []).append(name.partition(":")[0])
    return {topic: sorted(set(names)) for topic, names in sorted(found.items())}


def sent_events(service: str) -> list[type[Event]]:
    """Return the events that a service publishes, in the order of their types."""
    return [REGISTRY[type] for type in sorted(REGISTRY) if type.partition(".")[0] == service]


def asyncapi(service: Service, app: FastAPI) -> Document:
    """Return what a service sends and receives, as AsyncAPI 3."""
    sent, received = sent_events(service.name), received_topics(app)
    used = sorted({e.topic for e in sent} | set(received))
    events = [REGISTRY[type] for type in sorted(REGISTRY) if REGISTRY[type].topic in used]
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"{service.title}: events", "version": app.version},
        "defaultContentType": "application/json",
        "channels": {topic: _channel(topic, [e for e in events if e.topic == topic]) for topic in used},
        "operations": {**_sends(sent), **_receives(received, events)},
        "components": {
            "messages": {event.type: _message(event) for event in events},
            "schemas": _schemas(events),
        },
    }


def _channel(topic: str, events: Sequence[type[Event]]) -> Document:
    return {
        "address": topic,
        "messages": {e.type: {"$ref": f"#/components/messages/{e.type}"} for e in events},
        "bindings": {"kafka": {"partitions": _TOPICS[topic].partitions, "bindingVersion": _KAFKA_BINDING}},
    }


def _sends(sent: Sequence[type[Event]]) -> Document:
    by_topic = {topic: [e for e in sent if e.topic == topic] for topic in sorted({e.topic for e in sent})}
    return {f"send.{topic}": {"action": "send", **_operation(topic, events)} for topic, events in by_topic.items()}


def _receives(received: dict[str, list[str]], events: Sequence[type[Event]]) -> Document:
    return {
        f"{group}.receive.{topic}": {
            "action": "receive",
            **_operation(topic, [e for e in events if e.topic == topic]),
            "bindings": {
                "kafka": {"groupId": {"type": "string", "enum": [group]}, "bindingVersion": _KAFKA_BINDING},
            },
        }
        for topic, groups_of_topic in received.items()
        for group in groups_of_topic
    }


def _operation(topic: str, events: Sequence[type[Event]]) -> Document:
    return {
        "channel": {"$ref": f"#/channels/{topic}"},
        "messages": [{"$ref": f"#/channels/{topic}/messages/{e.type}"} for e in events],
    }


def _message(event: type[Event]) -> Document:
    key = _TOPICS[event.topic].key
    return {
        "name": event.type,
        "summary": (event.__doc__ or "").strip().partition("\n")[0],
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"],
            "properties": {
                "ce_type": {"type": "string", "enum": [event.type]},
                "ce_dataschema": {"type": "string", "enum": [schema_id(event)]},
            },
        },
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "bindings": {
            "kafka": {"key": {"type": "string", "description": f"`{key}`"}, "bindingVersion": _KAFKA_BINDING},
        },
    }


def _schemas(events: Sequence[type[Event]]) -> Document:
    _names, found = models_json_schema(
        [(event, "validation") for event in events], ref_template="#/components/schemas/{model}"
    )
    schemas: Document = opened(dict(sorted(found["$defs"].items())))
    return schemas


def service_named(name: str) -> Service:
    """Return a service by its name. Raises ModuleNotFoundError when it is not installed."""
    service = import_module(f"{name.replace('-', '_')}.app").SERVICE
    assert isinstance(service, Service)
    return service


def documents(root: Path, names: Sequence[str]) -> dict[Path, str]:
    """Return both documents of each service, by file."""
    found = {}
    for name in names:
        service = service_named(name)
        app = composed(service)
        found[root / FOLDER / f"{name}.openapi.json"] = as_text(app.openapi())
        found[root / FOLDER / f"{name}.asyncapi.json"] = as_text(asyncapi(service, app))
    return found


def main(given: Sequence[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m chassis.documents", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when something differs")
    arguments = parser.parse_args(given)
    if not (REPOSITORY / "contracts").is_dir():
        sys.exit("run this in a checkout: installed, the package has nowhere to write")
    sys.exit(run(documents(REPOSITORY, SERVICES), arguments.check, REPOSITORY, "make docs"))


if __name__ == "__main__":
    main()
