"""The written files of the charts are as they would be written, and their schemas leave nothing open by mistake."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rendering import SERVICE_NAMES, at, least_values, merged

from ombud_release.chart_files import CHARTS, written
from ombud_release.common_values import service_values
from ombud_release.services import SERVICES
from ombud_release.umbrella_values import global_values
from ombud_release.values_tree import flat


@pytest.mark.parametrize(("path", "content"), [pytest.param(p, c, id=str(p.relative_to(CHARTS))) for p, c in written()])
def test_file_is_as_it_is_written(path: Path, content: str):
    assert path.is_file(), "run make docs"
    assert path.read_text() == content, "run make docs"


def objects(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object that a schema describes by its members."""
    if isinstance(schema, dict):
        if "properties" in schema and isinstance(schema["properties"], dict):
            yield path, schema
        for key, value in schema.items():
            yield from objects(value, f"{path}/{key}")
    elif isinstance(schema, list):
        for number, value in enumerate(schema):
            yield from objects(value, f"{path}/{number}")


@pytest.mark.parametrize("chart", [*SERVICE_NAMES, "ombud"])
def test_schema_is_closed_at_every_level(chart: str):
    schema = json.loads((CHARTS / chart / "values.schema.json").read_text())
    opened = [path for path, node in objects(schema) if node.get("additionalProperties") is not False]
    embedded = [] if chart == "ombud" else ["/properties/global"]  # a parent chart of others has globals of its own
    assert opened == embedded


def test_what_all_services_share_has_an_empty_default():
    filled = [path for path, leaf in flat(global_values()) if leaf.listed and leaf.default not in ("", [], {}, False)]
    assert filled == [], "a default that is not empty would hide what global.ombud says"


PATHS = [(s.name, path) for s in SERVICES for path, _ in flat(service_values(s))]


@given(st.sampled_from(PATHS), st.data())
def test_a_misspelt_key_is_refused_and_named(where: tuple[str, str], data: st.DataObject):
    chart, path = where
    keys = path.split(".")
    depth = data.draw(st.integers(0, len(keys) - 1))
    typo = keys[depth] + "x"
    schema = json.loads((CHARTS / chart / "values.schema.json").read_text())
    values = merged(least_values(chart), at(".".join([*keys[:depth], typo]), None))
    [error] = jsonschema.Draft7Validator(schema).iter_errors(values)
    assert typo in error.message


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.name)
def test_a_default_passes_its_own_schema(service: Any):
    for path, leaf in flat(service_values(service)):
        jsonschema.validate(leaf.default, dict(leaf.schema)), path
