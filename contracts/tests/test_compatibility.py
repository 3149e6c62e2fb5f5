"""Contracts change by addition only: old events load in new code, new events in old schemas, and a break is refused."""

import copy
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import ombud_contracts
from ombud_contracts import REGISTRY
from ombud_contracts.compatibility import changes
from ombud_contracts.events.disputes import DisputeDecided
from ombud_contracts.schema import published_schema

Schema = dict[str, Any]
PACKAGE = Path(ombud_contracts.__file__).parent
SCHEMAS = PACKAGE / "schemas"


def committed(event_type: str) -> list[Schema]:
    """Return every committed schema of an event, oldest first."""
    return [json.loads(p.read_text()) for p in sorted(SCHEMAS.glob(f"{event_type}.v*.json"))]


def test_replay_every_golden_example_of_every_version_loads_in_the_current_model(golden: dict[str, Any]) -> None:
    """INVARIANT: a topic can be read from its beginning. Breaks when a field was removed, retyped or made required."""
    event = REGISTRY[golden["type"]].read(json.dumps(golden["data"]).encode())
    assert json.loads(event.to_bytes()) == golden["data"]


def test_rolling_upgrade_every_golden_example_validates_against_every_committed_version(golden: dict[str, Any]) -> None:
    """INVARIANT: a consumer of an older version reads what a newer producer sends. Breaks when a field went missing."""
    schemas = committed(golden["type"])
    assert len(schemas) == REGISTRY[golden["type"]].version
    for schema in schemas:
        Draft202012Validator.check_schema(schema)
        Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(golden["data"])


def test_every_event_and_version_has_its_schema_and_its_example_under_the_name_that_travels_with_it() -> None:
    for type, event in REGISTRY.items():
        for version in range(1, event.version + 1):
            name = f"{type}.v{version}.json"
            example = json.loads((PACKAGE / "examples" / name).read_text())
            schema = json.loads((SCHEMAS / name).read_text())
            assert schema["$id"] == example["dataschema"] == f"urn:ombud:schema:{type}:{version}"


def closed_objects(node: Any) -> list[Any]:
    """Return every object in a schema that refuses further members."""
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    here = [node] if isinstance(node, dict) and node.get("additionalProperties") is False else []
    return here + [found for child in children for found in closed_objects(child)]


def test_published_schemas_are_open_although_producers_are_closed() -> None:
    for type, event in REGISTRY.items():
        assert event.model_json_schema()["additionalProperties"] is False
        assert [closed_objects(schema) for schema in committed(type)] == [[]] * event.version


def closed_enumerations(node: Any, open_here: bool = False) -> list[Any]:
    """Return every use of an enumeration that does not stand beside `any string`."""
    if isinstance(node, list):
        return [found for child in node for found in closed_enumerations(child)]
    if not isinstance(node, dict):
        return []
    if "enum" in node or "$ref" in node:
        return [] if open_here else [node]
    beside_string = {"type": "string"} in node.get("anyOf", [])
    found = [f for option in node.get("anyOf", []) for f in closed_enumerations(option, beside_string)]
    return found + [f for k, v in node.items() if k not in ("anyOf", "$defs") for f in closed_enumerations(v)]


def test_every_enumeration_in_an_event_is_open() -> None:
    """A consumer must live with a value that a newer producer added, so no schema may refuse one."""
    for schema in (schema for type in REGISTRY for schema in committed(type)):
        enums = {f"#/$defs/{name}" for name, d in schema.get("$defs", {}).items() if "enum" in d}
        nodes = [schema["properties"], *(d for d in schema.get("$defs", {}).values() if "enum" not in d)]
        assert [use for use in closed_enumerations(nodes) if use.get("$ref") in enums or "enum" in use] == []


# -- Planted changes of a schema ------------------------------------------------------------------------------------------


def removed(s: Schema) -> None:
    del s["properties"]["mediator_id"]


def renamed(s: Schema) -> None:
    s["properties"]["arbiter_id"] = s["properties"].pop("mediator_id")


def retyped(s: Schema) -> None:
    s["properties"]["mediator_id"]["type"] = "integer"


def reformatted(s: Schema) -> None:
    s["properties"]["decided_at"]["format"] = "date"


def bound_tightened(s: Schema) -> None:
    s["$defs"]["Decision"]["properties"]["refund_minor"]["minimum"] = 1


def required_field_added(s: Schema) -> None:
    s["properties"]["ground"] = {"type": "string"}
    s["required"].append("ground")


def made_required(s: Schema) -> None:
    s["$defs"]["Effect"]["required"].append("duties")


def made_optional(s: Schema) -> None:
    s["required"].remove("mediator_id")


def removed_inside_a_list(s: Schema) -> None:
    del s["$defs"]["DecisionLine"]["properties"]["kind"]


def item_retyped(s: Schema) -> None:
    s["$defs"]["Decision"]["properties"]["facts"]["items"] = {"type": "integer"}


def enum_value_removed(s: Schema) -> None:
    s["$defs"]["Remedy"]["enum"].remove("UNLOCK")


def enumeration_closed(s: Schema) -> None:
    s["properties"]["decided_by"] = {"$ref": "#/$defs/Role"}


def alternative_added(s: Schema) -> None:
    s["properties"]["decided_by"]["anyOf"].append({"type": "null"})


def value_added_to_a_closed_enumeration(s: Schema) -> None:
    s["$defs"]["Decision"]["properties"]["clause"]["enum"] = ["S-5.1", "S-5.2"]


BREAKS: dict[Callable[[Schema], None], str] = {
    removed: "mediator_id: removed or renamed",
    renamed: "mediator_id: removed or renamed",
    retyped: "mediator_id: retyped",
    reformatted: "decided_at: retyped",
    bound_tightened: "decision.refund_minor: retyped",
    required_field_added: "ground: a new required field",
    made_required: "decision.effects[].duties: is now required",
    made_optional: "mediator_id: is no longer required",
    removed_inside_a_list: "decision.lines[].kind: removed or renamed",
    item_retyped: "decision.facts[]: retyped",
    enum_value_removed: "decision.remedy: the value UNLOCK was removed",
    enumeration_closed: "decided_by: retyped",
    alternative_added: "decided_by: retyped",
    value_added_to_a_closed_enumeration: "decision.clause: retyped",
}


@pytest.mark.parametrize("plant", BREAKS, ids=lambda plant: plant.__name__)
def test_a_planted_break_is_seen(plant: Callable[[Schema], None]) -> None:
    """INVARIANT: nothing that an older consumer or an older event relies on goes. Each break is found, and placed."""
    old = published_schema(DisputeDecided)
    new = copy.deepcopy(old)
    plant(new)
    assert any(str(c).startswith(BREAKS[plant]) and c.breaks for c in changes(old, new)), changes(old, new)


def test_a_value_added_to_a_closed_enumeration_is_a_break() -> None:
    old, new = ({"properties": {"colour": {"enum": values}}} for values in (["red"], ["red", "blue"]))
    assert [str(c) for c in changes(old, new)] == ["colour: the value blue was added to a closed enumeration"]


def test_a_new_optional_field_is_an_addition_and_words_and_open_values_are_no_change() -> None:
    old = published_schema(DisputeDecided)
    new = copy.deepcopy(old)
    new["properties"]["ground"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert [(str(c), c.breaks) for c in changes(old, new)] == [("ground: a new optional field", False)]
    new = copy.deepcopy(old)
    new["$defs"]["Remedy"]["enum"].append("APOLOGY")
    new["properties"]["mediator_id"]["description"] = "Who decided."
    assert changes(old, new) == []


# -- Planted changes of the code, seen by the command that CI runs --------------------------------------------------------


class Copy:
    """A copy of the contracts whose sources a test may change."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.package = root / "contracts" / "src" / "ombud_contracts"
        shutil.copytree(PACKAGE, self.package, ignore=shutil.ignore_patterns("*.pyc.*", ".mypy_cache"))
        shutil.copytree(PACKAGE.parent / "ombud_words", self.package.parent / "ombud_words")
        shutil.copytree(PACKAGE.parents[2] / "docs", root / "docs")

    def change(self, file: str, old: str, new: str) -> None:
        """Replace a text that must be there."""
        path = self.package / file
        text = path.read_text()
        assert old in text, f"{file} no longer contains {old!r}"
        path.write_text(text.replace(old, new))

    def generate(self, *arguments: str) -> tuple[int, str]:
        """Run the generator on this copy; return its exit code and what it said."""
        done = subprocess.run(
            [sys.executable, "-m", "ombud_contracts.generate", *arguments],
            env={"PYTHONPATH": str(self.root / "contracts" / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def contracts(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


TICKETING = "events/ticketing.py"
PLANTED = {
    "removed": (
        TICKETING,
        "    draft_id: DraftId\n",
        "    pass\n",
        "ticketing.case_opened v1: draft_id: removed or renamed",
    ),
    "renamed": (TICKETING, "    draft_id: DraftId\n", "    note_id: str\n", "draft_id: removed or renamed"),
    "retyped": (TICKETING, "    number: str\n", "    number: int\n", "ticketing.case_opened v1: number: retyped"),
    "new required": (
        TICKETING,
        "    outcome: str\n",
        "    outcome: str\n    ground: str\n",
        "ground: a new required field",
    ),
    "enum value": ("../ombud_words/outcomes.py", '    UNSAFE = "T6"\n', "", "trigger: the value T6 was removed"),
    "unversioned": (
        TICKETING,
        "    outcome: str\n",
        "    outcome: str\n    ground: str | None = None\n",
        "ground: a new optional field; set its version to 3",
    ),
    "event type": (
        TICKETING,
        '"ticketing.case_closed"',
        '"ticketing.case_ended"',
        "case_closed: the event type is gone",
    ),
    "docstring": (TICKETING, "The matter is settled", "The matter is over", "differs: docs/events.md"),
}


def test_the_check_passes_on_a_copy_that_nobody_changed(contracts: Copy) -> None:
    """The control of those below: what they see is what they planted."""
    assert contracts.generate("--check") == (0, "")


@pytest.mark.parametrize(("file", "old", "new", "said"), PLANTED.values(), ids=PLANTED.keys())
def test_the_check_fails_on_a_planted_change(contracts: Copy, file: str, old: str, new: str, said: str) -> None:
    contracts.change(file, old, new)
    code, output = contracts.generate("--check")
    assert code == 1
    assert said in output


def test_a_break_is_not_generated_away(contracts: Copy) -> None:
    """INVARIANT: `make docs` cannot turn a break into the new truth: it writes nothing while one is there."""
    contracts.change(TICKETING, "    draft_id: DraftId\n", "    pass\n")
    schema = contracts.package / "schemas" / "ticketing.case_opened.v1.json"
    before = schema.read_text()
    code, output = contracts.generate()
    assert code == 1
    assert "make a new event type" in output
    assert schema.read_text() == before


def test_an_addition_becomes_a_version_beside_the_old_one(contracts: Copy) -> None:
    resolved = "ticketing.case_resolved"
    contracts.change(
        TICKETING,
        f'type: ClassVar[str] = "{resolved}"\n    version: ClassVar[int] = 2\n',
        f'type: ClassVar[str] = "{resolved}"\n    version: ClassVar[int] = 3\n',
    )
    contracts.change(
        TICKETING, "    outcome: str\n", '    ground: str | None = None\n    """`agreed`."""\n    outcome: str\n'
    )
    first = (contracts.package / "examples" / f"{resolved}.v1.json").read_text()
    assert contracts.generate()[0] == 0
    assert contracts.generate("--check") == (0, "")
    assert (contracts.package / "examples" / f"{resolved}.v1.json").read_text() == first
    added = json.loads((contracts.package / "examples" / f"{resolved}.v3.json").read_text())
    assert added["data"]["ground"] == "agreed"
    Draft202012Validator(committed(resolved)[0]).validate(added["data"])
    (contracts.package / "schemas" / f"{resolved}.v1.json").unlink()
    assert "the schema of version 1 is gone" in contracts.generate("--check")[1]


def test_a_field_without_a_meaningful_example_is_named(contracts: Copy) -> None:
    (contracts.package / "examples" / "ticketing.case_resolved.v2.json").unlink()
    contracts.change(TICKETING, '    """A code, such as `answered` or `refunded`."""\n', "")
    code, output = contracts.generate()
    assert code == 1
    assert output.startswith("CaseResolved.outcome: A field has no meaningful value")


def test_a_golden_example_is_never_written_again(contracts: Copy) -> None:
    example = contracts.package / "examples" / "ticketing.case_closed.v1.json"
    example.write_text(example.read_text().replace('"lv"', '"pt"'))
    changed = example.read_text()
    assert contracts.generate()[0] == 0
    assert example.read_text() == changed
