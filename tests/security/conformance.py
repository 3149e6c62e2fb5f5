"""Generated requests to a running service, and answers checked against the service's own OpenAPI description.

The published response schemas are open, so that a field may be added; here they are closed, so that none slips out.
"""

import json
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

Json = dict[str, Any]
API = Path(__file__).parents[2] / "docs/api"
MANY, FEW = 15, 3
"""Drawn for each operation in the fuzzing phase; the coverage phase sends every boundary of the schema besides."""
KNOWN_ID_SHARE = 0.7
"""Of the addresses that are generated, how many name something that exists."""
SEED = 20261124
"""Fixed: a finding is a finding again on the next run."""
NO_EXAMPLES = "No examples in schema"
"""Why the examples phase passes an operation over; every other phase reaches every operation."""
OPAQUE_CURSOR = "a page cursor is signed, so one that is made up is refused; no schema can say which are genuine"
UNKNOWN_BYTES = "which bytes are a picture, a document or a text, no schema can say"
TOLERATED: Mapping[str, tuple[int, str]] = {
    "GET /adjustments/{adjustment_id}": (400, OPAQUE_CURSOR),
    "GET /cases": (400, OPAQUE_CURSOR),
    "GET /cases/{case_id}/timeline": (400, OPAQUE_CURSOR),
    "GET /charges": (400, OPAQUE_CURSOR),
    "GET /conversations/{case_id}/messages": (400, OPAQUE_CURSOR),
    "GET /discussions": (400, OPAQUE_CURSOR),
    "GET /disputes": (400, OPAQUE_CURSOR),
    "GET /ledger/entries": (400, OPAQUE_CURSOR),
    "GET /moderation/held": (400, OPAQUE_CURSOR),
    "GET /obligations": (400, OPAQUE_CURSOR),
    "GET /obligations/unannounced": (400, OPAQUE_CURSOR),
    "GET /policy-candidates": (400, OPAQUE_CURSOR),
    "GET /policy-candidates/{candidate_id}": (400, OPAQUE_CURSOR),
    "GET /refunds": (400, OPAQUE_CURSOR),
    "GET /sellers/{seller_id}/obligations": (400, OPAQUE_CURSOR),
    "GET /timelines": (400, OPAQUE_CURSOR),
    "GET /sellers/{seller_id}/punctuality/obligations": (400, OPAQUE_CURSOR),
    "POST /cases/{case_id}/disputes-with-evidence": (422, UNKNOWN_BYTES),
    "POST /disputes/{dispute_id}/evidence": (422, UNKNOWN_BYTES),
    "POST /returns/{return_id}/photos": (422, UNKNOWN_BYTES),
}
"""Operations that may refuse a request of the right form by a further status, with the reason."""
UNQUOTED = "schemathesis takes the quotes off an entity tag that it made for its coverage phase, and then sends none"
REFUSED = ("400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "428", "429", "5xx")
"""Answers to a request of the wrong form: schemathesis's own, and 413 to a body that is too long."""
ACCEPTED = ("2xx", "3xx", "401", "403", "404", "409", "412", "5xx")
"""Answers to a request of the right form. `not_a_server_error` is the check that finds a 5xx."""


@dataclass
class Explored:
    """What a run did and found."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    """How often an operation answered with a status."""
    checks: Counter[str] = field(default_factory=Counter)
    skipped: set[tuple[str, str]] = field(default_factory=set)
    """A phase, and why it passed an operation over."""
    findings: dict[str, str] = field(default_factory=dict)
    """By operation and kind of failure: what was wrong, and a request that shows it."""


@schemathesis.hook("before_load_schema")
def _close_responses(_context: object, described: Json) -> None:
    close(described)


def close(described: Json) -> Json:
    """Forbid members that a description does not name, in place; return it."""
    for name, schema in described["components"]["schemas"].items():
        if "properties" in schema and name != "ProblemView":  # a problem has extension members (RFC 9457, 3.2)
            schema["additionalProperties"] = False
    return described


@schemathesis.hook("before_call")
def _send_a_new_key(_context: object, case: schemathesis.Case[Any], _kwargs: Json) -> None:
    """A request of the right form has a key of its own, as clients are told: one sent twice is refused for that alone."""
    if case.meta is not None and case.meta.generation.mode.is_positive and "idempotency-key" in case.headers:
        case.headers["idempotency-key"] = uuid.uuid4().hex


def with_entity_tags() -> Iterator[str]:
    """Yield the operations that read an entity tag, as the services describe them."""
    for file in sorted(API.glob("*.openapi.json")):
        for path, methods in json.loads(file.read_text())["paths"].items():
            for method, operation in methods.items():
                if any(p["name"] in ("If-Match", "If-None-Match") for p in operation.get("parameters", ())):
                    yield f"{method.upper()} {path}"


def explore(
    url: str, document: str, token: str, known: Mapping[str, str], phases: tuple[str, ...], examples: int
) -> Explored:
    """Send generated requests to every operation of a service, as the holder of a token.

    `document` is where the service is described; `known` gives ids that exist, by the name of the path parameter.
    """
    config = SchemathesisConfig.from_dict(_settings(url, token, known, phases, examples))
    found = Explored()
    for event in from_schema(schemathesis.openapi.from_url(document, config=config)).execute():
        match event:
            case events.ScenarioFinished():
                if event.status == Status.SKIP:
                    found.skipped.add((event.phase.value, str(event.skip_reason)))
                found.answers.update(_answers(event))
                found.checks.update(check.name for checks in event.recorder.checks.values() for check in checks)
                found.findings.update(_findings(event))
            case events.NonFatalError():
                found.findings[event.label] = event.info.format()
            case events.FatalError():
                raise event.exception
    return found


def _settings(url: str, token: str, known: Mapping[str, str], phases: tuple[str, ...], examples: int) -> Json:
    every = ("examples", "coverage", "fuzzing", "stateful")
    return {
        "base-url": url,
        "seed": SEED,
        "workers": 1,
        "continue-on-failure": True,
        "request-timeout": 20,
        "headers": {"Authorization": f"Bearer {token}"},
        "dictionaries": {name: {"values": [id]} for name, id in known.items()},
        "parameters": {f"path.{name}": {"dictionary": name, "probability": KNOWN_ID_SHARE} for name in known},
        "generation": {"max-examples": examples, "no-shrink": True, "database": "none"},
        "checks": {
            "positive_data_acceptance": {"expected-statuses": [*ACCEPTED, "429"]},
            "negative_data_rejection": {"expected-statuses": [*REFUSED]},
        },
        "phases": {name: {"enabled": name in phases} for name in every},
        "operations": [
            {
                "include-name": name,
                "checks": {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, str(status)]}},
            }
            for name, (status, _reason) in {**dict.fromkeys(with_entity_tags(), (400, UNQUOTED)), **TOLERATED}.items()
        ],
    }


def _answers(event: events.ScenarioFinished) -> Iterator[tuple[str, int]]:
    for interaction in event.recorder.interactions.values():
        if interaction.response is not None:
            yield event.recorder.label, interaction.response.status_code


def _findings(event: events.ScenarioFinished) -> Iterator[tuple[str, str]]:
    for checks in event.recorder.checks.values():
        for check in checks:
            if check.status == Status.FAILURE and check.failure_info is not None:
                failure, sample = check.failure_info.failure, check.failure_info.code_sample
                yield f"{event.recorder.label}: {failure.title}", f"{failure.message}\n{sample[:800]}"
