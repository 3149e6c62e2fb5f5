"""Take each mechanism out in turn, run the tests that must notice, and require red: `make controls`.

`make controls CONTROLS="inbox lease"` runs those whose name contains one of the words. The results are kept in
`tests/controls/results.md`. Exits with 1 when a removal turned nothing red.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from control import Control
from cutting import ROOT, copy_of_the_tree, sources, texts_without
from mechanisms import CONTROLS

RESULTS = Path(__file__).with_name("results.md")
_WITHIN_SECONDS = 900
"""The longest test that a control names takes two minutes alone; a busy machine takes many times that."""
_HEAD = """# What turned red

Written by `make controls`; each mechanism was taken out of a copy of the tree, and the tests beside it were run on real
Kafka and MongoDB. With everything in place they are green.

| taken out | in | noticed by |
|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Run:
    """How a run of pytest ended."""

    code: int
    failed: Sequence[str]
    output: str

    @property
    def red(self) -> bool:
        """Whether tests failed, rather than pytest or what they import."""
        return self.code == 1 and bool(self.failed)


def run_tests(folder: Path, tests: Sequence[str]) -> Run:
    """Run tests of a copy of the tree, on the packages of that copy."""
    told = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, sources(folder))), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", "-m", "", *tests]
    ended = subprocess.run(
        command, cwd=folder, env=told, capture_output=True, text=True, timeout=_WITHIN_SECONDS, check=False
    )
    said = (line.split(" - ")[0] for line in ended.stdout.splitlines() if line.startswith(("FAILED ", "ERROR ")))
    lines = (line for line in said if "::" in line)  # what is not a test is a line of a log
    return Run(ended.returncode, [line.partition(" ")[2] for line in lines], ended.stdout + ended.stderr)


def run_without(control: Control, folder: Path) -> Run:
    """Run a control's tests while its mechanism is out of the copy, and put it back."""
    texts = texts_without(control)
    try:
        for path, text in texts.items():
            (folder / path).write_text(text)
        return run_tests(folder, control.tests)
    finally:
        for path in texts:
            shutil.copy2(ROOT / path, folder / path)


def chosen(words: Sequence[str]) -> list[Control]:
    """Return the controls whose name contains one of the words; all without words."""
    return [c for c in CONTROLS if not words or any(word in c.name for word in words)]


def row_of(control: Control, failed: Sequence[str]) -> str:
    """Return a control's row in the table of results."""
    where = ", ".join(f"`{path}`" for path in dict.fromkeys(cut.path for cut in control.cuts))
    noticed = dict.fromkeys(name.partition("[")[0] for name in failed)
    return f"| {control.name} | {where} | {'<br>'.join(f'`{name}`' for name in noticed)} |"


def keep(rows: dict[str, str]) -> None:
    """Write the results, with those of controls that were not run now as they were."""
    kept = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    known = {line.split(" | ")[0].removeprefix("| "): line for line in kept if line.startswith("| ")}
    lines = [rows.get(c.name) or known.get(c.name) for c in CONTROLS]
    RESULTS.write_text(_HEAD + "".join(f"{line}\n" for line in lines if line))


def main(words: Sequence[str]) -> int:
    """Run the controls; return 1 when one of them stayed green."""
    controls, rows, green = chosen(words), {}, []
    with tempfile.TemporaryDirectory(prefix="ombud-controls-") as name:
        folder = Path(name)
        copy_of_the_tree(folder)
        whole = run_tests(folder, list(dict.fromkeys(test for c in controls for test in c.tests)))
        if whole.code != 0:
            print(f"with everything in place the tests are not green:\n{whole.output[-6000:]}", file=sys.stderr)
            return 1
        for control in controls:
            ended = run_without(control, folder)
            print(f"{'red' if ended.red else 'GREEN'}: without {control.name}", flush=True)
            if ended.red:
                rows[control.name] = row_of(control, ended.failed)
            else:
                green.append(control.name)
                print(ended.output[-3000:], flush=True)
            keep(rows)
    print(f"{len(rows)} of {len(controls)} removals were noticed")
    return 1 if green else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
