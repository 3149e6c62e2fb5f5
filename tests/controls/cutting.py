"""Takes mechanisms out of a copy of the tree. The tree itself is never changed."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from control import Control, Cut

ROOT = Path(__file__).parents[2]


class CutMissed(Exception):
    """The text of a cut does not stand exactly once in its file: the code moved on, and the control must follow it."""


def cut(text: str, one: Cut) -> str:
    """Return a file's text with the cut made. Raises CutMissed."""
    found = text.count(one.old)
    if found != 1:
        raise CutMissed(f"{one.path}: found {found} times instead of once: {one.old.strip()!r}")
    return text.replace(one.old, one.new)


def texts_without(control: Control, root: Path = ROOT) -> dict[str, str]:
    """Return the texts of the files that a control changes, as they are without its mechanism. Raises CutMissed."""
    texts: dict[str, str] = {}
    for one in control.cuts:
        texts[one.path] = cut(texts.get(one.path) or (root / one.path).read_text(), one)
    return texts


def copy_of_the_tree(folder: Path) -> None:
    """Copy every file that is, or would be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def sources(folder: Path) -> Iterable[Path]:
    """The folders from which a copy's packages are imported, before those that are installed."""
    return sorted((*folder.glob("contracts/src"), *folder.glob("services/*/src"), *folder.glob("deploy/*/src")))
