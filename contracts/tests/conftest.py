"""Golden examples and schemas as they are committed."""

import json
from pathlib import Path
from typing import Any

import pytest

import ombud_contracts

PACKAGE = Path(ombud_contracts.__file__).parent
EXAMPLES = sorted((PACKAGE / "examples").glob("*.json"))


@pytest.fixture(params=EXAMPLES, ids=lambda path: path.stem)
def golden(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each committed example, of every event and every version: a CloudEvent in structured JSON."""
    example: dict[str, Any] = json.loads(request.param.read_text())
    return example


@pytest.fixture
def breach() -> dict[str, Any]:
    """The example of a missed deadline: a value with enumerations, a list of models and an optional field."""
    example: dict[str, Any] = json.loads((PACKAGE / "examples" / "sla-monitor.clock_breached.v1.json").read_text())
    return example
