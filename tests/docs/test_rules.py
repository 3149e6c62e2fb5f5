"""The rules and what proves them: no marker without its rule, no id in code that means nothing, the document as committed."""

import ast
import re
import tomllib

from rules_document import DOCUMENT, ID, ROOT, RULES, document, marks

RULE_IDS = {rule["id"] for rule in tomllib.loads(RULES.read_text())["rule"]}
SECTIONS = set(tomllib.loads(RULES.read_text())["section"])


def sources() -> dict[str, str]:
    found = [file for folder in ("contracts", "services", "deploy", "tests") for file in (ROOT / folder).rglob("*.py")]
    return {file.relative_to(ROOT).as_posix(): file.read_text() for file in found}


def test_the_document_is_as_generated() -> None:
    assert DOCUMENT.read_text() == document(), "run `make docs`"


def test_every_id_in_code_and_tests_is_a_rule() -> None:
    unknown = {(path, id) for path, text in sources().items() for id in ID.findall(text) if id not in RULE_IDS}
    made_up = {
        ("tests/docs/test_rules.py", "R-99"),
        ("tests/docs/test_rules.py", "S-99"),
        ("tests/security/test_bad_input.py", "S-99"),
    }
    assert unknown - made_up == set()


def test_a_rule_that_is_built_says_by_what_it_is_proved_or_what_is_missing() -> None:
    """Of the duties, the desk and the principles of casework; what is not begun is open without more words."""
    begun = re.compile(r"R-(0\d|10|2[0-6]|34|35)|S-\d+")
    silent = re.compile(r"## (\S+)\n\n[^#]*- \*\*open\*\*: no test proves it")
    assert [id for id in silent.findall(document()) if begun.fullmatch(id)] == []


def test_every_section_that_code_names_is_in_the_rules() -> None:
    named = {
        (path, n) for path, text in sources().items() for n in re.findall(r"product(?: rules,)? section (\d+)", text)
    }
    assert {(path, n) for path, n in named if n not in SECTIONS} == set()


def test_a_marker_of_a_test_and_of_its_file_is_found() -> None:
    module = ast.parse(
        'pytestmark = pytest.mark.rule("R-01")\n\n@pytest.mark.rule("R-99")\ndef test_it() -> None: ...\n'
    )
    assert list(marks(module)) == [("test_it", ["R-01", "R-99"])]
