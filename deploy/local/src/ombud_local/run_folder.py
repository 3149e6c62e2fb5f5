"""A folder of its own for every run, held by a lock that dies with its owner, so that leavings are known and removed."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def runs_root() -> Path:
    """`run/` of the working folder, or OMBUD_RUN_FOLDER. Ignored by git."""
    return Path(os.environ.get("OMBUD_RUN_FOLDER") or "run").absolute()


@contextmanager
def new_run_folder(purpose: str, *, keep: bool = False) -> Iterator[Path]:
    """A fresh folder `<root>/<purpose>-…`, removed at the end unless `keep`. Folders of dead runs go first."""
    root = runs_root()
    root.mkdir(parents=True, exist_ok=True)
    remove_leavings(root)
    folder = Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=root))
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            if not keep:
                shutil.rmtree(folder, ignore_errors=True)


def remove_leavings(root: Path) -> None:
    """Deletes run folders whose owner died before it could."""
    for lock_path in root.glob("*/lock"):
        with suppress(OSError), lock_path.open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock_path.parent, ignore_errors=True)
