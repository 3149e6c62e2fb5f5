"""The list of controls cannot rot: every cut finds its place, every test it names exists, and the kept results know it."""

import ast
from pathlib import Path

import pytest
from control import Control, Cut
from cutting import ROOT, CutMissed, cut, texts_without
from mechanisms import CONTROLS, GUARANTEES, MECHANISMS
from run_controls import RESULTS


def named(control: Control) -> str:
    return control.name


@pytest.mark.parametrize("control", CONTROLS, ids=named)
def test_every_cut_finds_its_place_and_leaves_a_program(control: Control) -> None:
    for path, text in texts_without(control).items():
        assert text != (ROOT / path).read_text()
        ast.parse(text, path)


@pytest.mark.parametrize("control", CONTROLS, ids=named)
def test_every_test_that_must_notice_exists(control: Control) -> None:
    assert control.tests
    for name in control.tests:
        path, _, function = name.partition("::")
        assert not function or function in defined_in(ROOT / path), name
        assert defined_in(ROOT / path), name


def defined_in(path: Path) -> set[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.parse(path.read_text()).body if isinstance(node, functions)}


def test_the_kept_results_say_of_every_control_that_it_was_noticed() -> None:
    kept = RESULTS.read_text()
    assert [c.name for c in CONTROLS if f"| {c.name} |" not in kept] == []


def test_all_guarantees_and_fifteen_mechanisms_have_a_control() -> None:
    assert len(GUARANTEES) == 6
    assert len(MECHANISMS) >= 15
    assert len({c.name for c in CONTROLS}) == len(CONTROLS)


@pytest.mark.parametrize("text", ["nothing of the kind", "here it is, here it is"])
def test_a_cut_that_misses_is_loud(text: str) -> None:
    with pytest.raises(CutMissed, match="instead of once"):
        cut(text, Cut("a.py", "here it is", ""))
