"""Change domains and what they publish in small ways, and count which changes the tests or the type checker notice:
`make mutants`, `make mutants SERVICE=billing SAMPLE=400`.

A sample of all mutations is tried, chosen by seed; with `REFUSALS=1` every refusal is taken out in turn, wherever it stands. Pure tests try it first, then the type checker where two things change
places, then the service's tests on MongoDB. Results are kept in tests/mutants/results.md or refusals.md, survivors by name.
"""

import argparse
import ast
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mutations import REFUSAL_GOES, Mutation, mutations_of
from trying import Changed, Lines, learn, noticed

ROOT = Path(__file__).parents[2]
SERVICES = ("ticketing", "messaging", "disputes", "sla-monitor", "billing")
RESULTS = Path(__file__).with_name("results.md")
REFUSALS = Path(__file__).with_name("refusals.md")
KNOWN = Path(__file__).with_name("survivors.toml")
_IMPORTS = re.compile(r"^(?:from|import) ([\w.]+)", re.MULTILINE)
_SHELL = re.compile(r"mongo|desk|http|subprocess|ombud_local|fastapi|\b(?:os|service|consumers|api|jobs|app)\b")
_HEAD_OF_REFUSALS = """# Refusals that were taken out

Written by `make mutants REFUSALS=1`: each condition under which something is refused was made never true, one at a time, and
the service's own tests were run. What nothing noticed stands below it.

"""
_HEAD = """# Mutants

Written by `make mutants`: small changes of domains and of what they publish, and whether the service's own tests or the type
checker notice.

"""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one change."""

    path: str
    mutation: Mutation

    @property
    def name(self) -> str:
        """Where it is, and what is other."""
        return f"`{self.path}:{self.mutation.line}` {self.mutation.what}"

    @property
    def swaps(self) -> bool:
        """Whether two things change places, which types may forbid."""
        return "places" in self.mutation.what


def mutated(service: str) -> list[Path]:
    """Return the modules of a service that decide, or say what was decided."""
    root = ROOT / "services" / service / "src"
    found = {*root.rglob("domain.py"), *root.rglob("domain/*.py"), *root.rglob("publish.py")}
    return sorted(path for path in found if path.name != "__init__.py")


def tests_of(service: str) -> tuple[list[str], list[str]]:
    """Return the test files of a service: those that need neither a database nor a process, and the others."""
    folder = ROOT / "services" / service / "tests"
    shells = {path.stem for path in folder.rglob("*.py") if any(_SHELL.search(name) for name in _imports(path))}
    pure, others = [], []
    for path in sorted(folder.rglob("test_*.py")):
        is_pure = path.stem not in shells and shells.isdisjoint(_imports(path))
        (pure if is_pure else others).append(path.relative_to(ROOT).as_posix())
    return pure, others


def _imports(path: Path) -> list[str]:
    return _IMPORTS.findall(path.read_text())


def sample_of(service: str, size: int, seed: int) -> list[Mutant]:
    """Return the mutants to try, always the same for a seed."""
    every = [
        Mutant(path.relative_to(ROOT).as_posix(), mutation)
        for path in mutated(service)
        for mutation in mutations_of(path.read_text())
    ]
    return every if len(every) <= size else random.Random(seed).sample(every, size)


def refusals_of(service: str) -> list[Mutant]:
    """Return every refusal of a service, taken out."""
    return [
        Mutant(path.relative_to(ROOT).as_posix(), mutation)
        for path in sorted((ROOT / "services" / service / "src").rglob("*.py"))
        for mutation in mutations_of(path.read_text())
        if mutation.what == REFUSAL_GOES
    ]


def try_mutants(service: str, mutants: Sequence[Mutant]) -> list[str]:
    """Return the names of the mutants that nothing noticed. Raises NotGreen."""
    os.chdir(ROOT)
    pure, others = tests_of(service)
    survived = _survivors(mutants, learn(ROOT / "services" / service / "src", pure))
    with tempfile.TemporaryDirectory(prefix="ombud-mutants-") as folder:
        types = Types(service, Path(folder))
        survived = [mutant for mutant in survived if not mutant.swaps or types.accept(mutant)]
    if others and survived:
        survived = _survivors(survived, learn(ROOT / "services" / service / "src", others))
    return [f"{mutant.name}{_why(mutant)}" for mutant in survived]


def _why(mutant: Mutant) -> str:
    """Return why nothing needs to notice a mutant, where somebody has looked and said so."""
    line = (ROOT / mutant.path).read_text().splitlines()[mutant.mutation.line - 1].strip()
    known = tomllib.loads(KNOWN.read_text())["survivor"]
    reasons = [
        r["reason"] for r in known if (r["path"], r["line"], r["what"]) == (mutant.path, line, mutant.mutation.what)
    ]
    return f": {reasons[0]}" if reasons else ""


def _survivors(mutants: Sequence[Mutant], lines: Lines) -> list[Mutant]:
    tried = [(_changed(mutant), lines.of(ROOT / mutant.path, *_lines(mutant))) for mutant in mutants]
    return [mutant for mutant, seen in zip(mutants, noticed(tried), strict=True) if not seen]


def _changed(mutant: Mutant) -> Changed:
    path = ROOT / mutant.path
    return Changed(path, mutant.mutation.made_in(path.read_text()))


def _lines(mutant: Mutant) -> tuple[int, int]:
    """Return the first and the last line of the statement that a mutation changes, without what is indented under it."""
    tree = ast.parse((ROOT / mutant.path).read_text())
    holding = (s for s in ast.walk(tree) if isinstance(s, ast.stmt) and s.lineno <= mutant.mutation.line <= _last(s))
    statement = max(holding, key=lambda s: s.lineno)
    body = getattr(statement, "body", [])
    return statement.lineno, max(statement.lineno, body[0].lineno - 1) if body else _last(statement)


def _last(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno


class Types:
    """The type checker over a copy of a service's package, which it knows again from one mutant to the next."""

    def __init__(self, service: str, folder: Path) -> None:
        self._source, self._copy, self._cache = ROOT / "services" / service / "src", folder / "src", folder / "cache"
        shutil.copytree(self._source, self._copy, ignore=shutil.ignore_patterns("*.egg-info"))

    def accept(self, mutant: Mutant) -> bool:
        """Tell whether the package is well typed with the mutant in it."""
        path = self._copy / (ROOT / mutant.path).relative_to(self._source)
        whole = path.read_text()
        path.write_text(mutant.mutation.made_in(whole))
        command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", str(self._cache)]
        try:
            told = {**os.environ, "MYPYPATH": str(self._copy)}
            ended = subprocess.run([*command, str(self._copy)], cwd=ROOT, env=told, capture_output=True, check=False)
            return ended.returncode == 0
        finally:
            path.write_text(whole)


def keep(results: Path, head: str, service: str, summary: str, survivors: Sequence[str]) -> None:
    """Write a service's part of the results; those of others stay."""
    parts = results.read_text().split("\n## ")[1:] if results.exists() else []
    kept = {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in parts}
    lines = [summary, ""]
    kept[service] = "\n".join([*lines, *(f"- {name}" for name in survivors)]).strip()
    text = "\n\n".join(f"## {name}\n\n{kept[name]}" for name in sorted(kept))
    results.write_text(head + text + "\n")


def main() -> None:
    """Try all services, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("services", nargs="*", default=SERVICES)
    parser.add_argument("--sample", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--refusals", action="store_true", help="take every refusal out")
    given = parser.parse_args()
    for service in given.services or SERVICES:
        mutants = refusals_of(service) if given.refusals else sample_of(service, given.sample, given.seed)
        survivors = try_mutants(service, mutants)
        killed, tried = len(mutants) - len(survivors), len(mutants)
        summary = f"{killed} of {tried} noticed ({100 * killed / max(tried, 1):.0f} %)"
        if given.refusals:
            keep(REFUSALS, _HEAD_OF_REFUSALS, service, f"{summary}.", survivors)
        else:
            keep(RESULTS, _HEAD, service, f"{summary}, seed {given.seed}.", survivors)
        print(f"{service}: {summary}", flush=True)
        for name in survivors:
            print(f"  survived: {name}", flush=True)


if __name__ == "__main__":
    main()
