"""What a document claims: places in the code, links, targets of make, shell commands. Pure functions over its text."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
WRITTEN = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "services").glob("*/README.md")),
    ROOT / "contracts/README.md",
    ROOT / "deploy/README.md",
    ROOT / "deploy/local/README.md",
    ROOT / "deploy/observability/README.md",
    ROOT / "deploy/runbook.md",
    ROOT / "tests/README.md",
]
SEEN_ELSEWHERE = {
    "make demo": "tests/journeys/test_story.py::test_every_chapter_of_the_story_is_seen_true",
    "OMBUD_INFRA=native make demo": "deploy/local/tests/test_infrastructure.py::test_a_record_that_was_produced_is_consumed",
    "make test": ".ci/run",
}
"""Commands of the README that this suite does not run again, and where CI does."""
RUN_HERE = ("make up", "make token ROLE=buyer SUBJECT=buy_1", "make down")
"""Commands of the README that `tests/journeys/test_up.py` runs."""
_CITED = re.compile(r"([\w./-]+\.py)::(\w+(?:\.\w+)*)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")


def cited_places(text: str) -> list[tuple[str, str]]:
    """Return every `path::name` of a document."""
    return _CITED.findall(text)


def defines(source: str, name: str) -> bool:
    """Whether a module defines a name: a function, a class, a member (`Class.method`) or something assigned."""
    scope: list[ast.stmt] = ast.parse(source).body
    for part in name.split("."):
        found = next((node for node in scope if part in _names(node)), None)
        if found is None:
            return False
        scope = getattr(found, "body", [])
    return True


def _names(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (t.id for t in targets if isinstance(t, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case _:
            return


def misplaced(text: str, root: Path = ROOT) -> list[str]:
    """Return every cited place that is not there, file or name."""
    return [
        f"{path}::{name}"
        for path, name in cited_places(text)
        if not (root / path).is_file() or not defines((root / path).read_text(), name)
    ]


def broken_links(text: str, folder: Path) -> list[str]:
    """Return every relative link to a file or heading that is not there. Links to the web are not followed."""
    prose = _FENCE.sub("", text)
    return [link for link in _LINK.findall(prose) if "://" not in link and not _resolves(link, text, folder)]


def _resolves(link: str, text: str, folder: Path) -> bool:
    path, _, heading = link.partition("#")
    target = folder / path if path else None
    if target is not None and not target.exists():
        return False
    if not heading:
        return True
    return heading in _headings(target.read_text() if target else text)


def _headings(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles}


def code_of(text: str) -> list[str]:
    """Return everything set as code, blocks and inline."""
    return [body for _, body in _FENCE.findall(text)] + _INLINE.findall(_FENCE.sub("", text))


def blocks(text: str, language: str) -> list[str]:
    """Return the code blocks in a language, without their indentation."""
    found = [body for name, body in _FENCE.findall(text) if name == language]
    return ["\n".join(line.strip() for line in body.strip().splitlines()) for body in found]


def named_targets(text: str) -> set[str]:
    """Return every target of make that a document names as code."""
    return {t for code in code_of(text) for t in re.findall(r"\bmake (?:-\S+ )*([a-z]+(?:-[a-z]+)*)\b", code)}


def targets(makefile: str) -> set[str]:
    """Return the targets that a makefile has."""
    return set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


def commands(text: str) -> list[str]:
    """Return the lines of a document's shell blocks."""
    return [line for block in blocks(text, "sh") for line in block.splitlines() if line and not line.startswith("#")]
