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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from mutations import Mutation, mutations_of

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/controls"))

from cutting import copy_of_the_tree, sources  # noqa: E402

SERVICES = ("ticketing", "messaging", "disputes", "sla-monitor", "billing")
RESULTS = Path(__file__).with_name("results.md")
_AT_ONCE = 2
_WITHIN_SECONDS = 120.0
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


def mutated(service: str) -> list[Path]:
    """Return the modules of a service that decide, or say what was decided."""
    root = ROOT / "services" / service / "src"
    found = {*root.rglob("domain.py"), *root.rglob("domain/*.py"), *root.rglob("publish.py")}
    return sorted(path for path in found if path.name != "__init__.py")


def pure_tests(service: str) -> list[str]:
    """Return the test files of a service that need neither a database nor a process."""
    found = []
    for path in sorted((ROOT / "services" / service / "tests").rglob("test_*.py")):
        imports = _IMPORTS.findall(path.read_text())
        decides = any(re.search(r"\.(?:domain|publish)\b", name) for name in imports)
        if decides and not any(_SHELL.search(name) for name in imports):
            found.append(path.relative_to(ROOT).as_posix())
    return found


def sample_of(service: str, size: int, seed: int) -> list[Mutant]:
    """Return the mutants to try, always the same for a seed."""
    every = [
        Mutant(path.relative_to(ROOT).as_posix(), mutation)
        for path in mutated(service)
        for mutation in mutations_of(path.read_text())
    ]
    return every if len(every) <= size else random.Random(seed).sample(every, size)


class Copies:
    """Copies of the tree, one for each worker."""

    def __init__(self, folder: Path) -> None:
        self._free: SimpleQueue[Path] = SimpleQueue()
        for number in range(_AT_ONCE):
            copy_of_the_tree(folder / str(number))
            self._free.put(folder / str(number))

    def noticed(self, mutant: Mutant, service: str, tests: Sequence[str]) -> bool:
        """Tell whether a test fails, or else the type checker complains."""
        copy = self._free.get()
        try:
            path = copy / mutant.path
            whole = path.read_text()
            path.write_text(mutant.mutation.made_in(whole))
            try:
                return not _green(copy, tests) or ("places" in mutant.mutation.what and not _typed(copy, service))
            finally:
                path.write_text(whole)
        finally:
            self._free.put(copy)


def _green(copy: Path, tests: Sequence[str]) -> bool:
    told = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, sources(copy))), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider", "--few-examples"]
    try:
        ended = subprocess.run(
            [*command, *tests], cwd=copy, env=told, capture_output=True, timeout=_WITHIN_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False  # it goes round in circles
    return ended.returncode == 0


def _typed(copy: Path, service: str) -> bool:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", f"services/{service}/src"]
    told = {**os.environ, "MYPYPATH": os.pathsep.join(map(str, sources(copy)))}
    return subprocess.run(command, cwd=copy, env=told, capture_output=True, check=False).returncode == 0


def try_service(service: str, size: int, seed: int, folder: Path) -> tuple[int, list[str]]:
    """Return how many mutants were tried, and the names of those that nothing noticed."""
    mutants, tests = sample_of(service, size, seed), pure_tests(service)
    copies = Copies(folder / service)
    if not _green(folder / service / "0", tests):
        raise SystemExit(f"{service}: the tests are not green with everything in place")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        noticed = list(pool.map(lambda mutant: copies.noticed(mutant, service, tests), mutants))
    shutil.rmtree(folder / service)
    return len(mutants), [mutant.name for mutant, seen in zip(mutants, noticed, strict=True) if not seen]


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
    with tempfile.TemporaryDirectory(prefix="ombud-mutants-") as folder:
        for service in given.services or SERVICES:
            tried, survivors = try_service(service, given.sample, given.seed, Path(folder))
            keep(service, tried, survivors, given.seed)
            print(f"{service}: {tried - len(survivors)} of {tried} noticed", flush=True)
            for name in survivors:
                print(f"  survived: {name}")


if __name__ == "__main__":
    main()
