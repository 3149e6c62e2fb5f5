"""Change domains and what they publish in small ways, and count which changes the tests or the type checker notice:
`make mutants`, `make mutants SERVICE=billing SAMPLE=400`.

A sample of all mutations is tried, chosen by seed. Results are kept in tests/mutants/results.md, survivors by name.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mutations import Mutation, mutations_of
from trying import Changed, learn, noticed

ROOT = Path(__file__).parents[2]
SERVICES = ("ticketing", "messaging", "disputes", "sla-monitor", "billing")
RESULTS = Path(__file__).with_name("results.md")
_IMPORTS = re.compile(r"^(?:from|import) ([\w.]+)", re.MULTILINE)
_SHELL = re.compile(r"mongo|desk|http|subprocess|ombud_local|fastapi|\b(?:os|service|consumers|api|jobs|app)\b")
_HEAD = """# Mutants

Written by `make mutants`: small changes of domains and of what they publish, and whether pure tests or the type checker notice.

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


def pure_tests(service: str) -> list[str]:
    """Return the test files of a service that need neither a database nor a process."""
    folder = ROOT / "services" / service / "tests"
    shells = {path.stem for path in folder.rglob("*.py") if any(_SHELL.search(name) for name in _imports(path))}
    found = []
    for path in sorted(folder.rglob("test_*.py")):
        imports = _imports(path)
        decides = any(re.search(r"\.(?:domain|publish)\b", name) for name in imports)
        if decides and path.stem not in shells and shells.isdisjoint(imports):
            found.append(path.relative_to(ROOT).as_posix())
    return found


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


def try_service(service: str, size: int, seed: int) -> tuple[int, list[str]]:
    """Return how many mutants were tried, and the names of those that nothing noticed. Raises NotGreen."""
    os.chdir(ROOT)
    mutants = sample_of(service, size, seed)
    lines = learn(ROOT / "services" / service / "src", pure_tests(service))
    tried = [(_changed(mutant), lines.of(ROOT / mutant.path, *_lines(mutant))) for mutant in mutants]
    survived = [mutant for mutant, seen in zip(mutants, noticed(tried), strict=True) if not seen]
    with tempfile.TemporaryDirectory(prefix="ombud-mutants-") as folder:
        types = Types(service, Path(folder))
        return len(mutants), [mutant.name for mutant in survived if not mutant.swaps or types.accept(mutant)]


def _changed(mutant: Mutant) -> Changed:
    path = ROOT / mutant.path
    return Changed(path, mutant.mutation.made_in(path.read_text()))


def _lines(mutant: Mutant) -> tuple[int, int]:
    text = (ROOT / mutant.path).read_text()
    return text.count("\n", 0, mutant.mutation.start) + 1, text.count("\n", 0, mutant.mutation.end) + 1


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


def keep(service: str, tried: int, survivors: Sequence[str], seed: int) -> None:
    """Write a service's part of the results; those of others stay."""
    parts = RESULTS.read_text().split("\n## ")[1:] if RESULTS.exists() else []
    kept = {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in parts}
    killed = tried - len(survivors)
    lines = [f"{killed} of {tried} noticed ({100 * killed / max(tried, 1):.0f} %), seed {seed}.", ""]
    kept[service] = "\n".join([*lines, *(f"- {name}" for name in survivors)]).strip()
    text = "\n\n".join(f"## {name}\n\n{kept[name]}" for name in sorted(kept))
    RESULTS.write_text(_HEAD + text + "\n")


def main() -> None:
    """Try all services, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("services", nargs="*", default=SERVICES)
    parser.add_argument("--sample", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for service in given.services or SERVICES:
        tried, survivors = try_service(service, given.sample, given.seed)
        keep(service, tried, survivors, given.seed)
        print(f"{service}: {tried - len(survivors)} of {tried} noticed", flush=True)
        for name in survivors:
            print(f"  survived: {name}", flush=True)


if __name__ == "__main__":
    main()
