"""A folder of its own for every run, held by a lock that dies with its owner, so that leavings are known and removed."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TextIO, get_args

Purpose = Literal["run", "up", "demo"]


@dataclass(slots=True)
class RunFolder:
    """`keep` leaves the logs of a failed run for a look, until the next run starts."""

    path: Path
    keep: bool = False


def runs_root() -> Path:
    """`run/` of the working folder, or OMBUD_RUN_FOLDER. Ignored by git."""
    root = Path(os.environ.get("OMBUD_RUN_FOLDER") or "run").absolute()
    root.mkdir(parents=True, exist_ok=True)
    return root


@contextmanager
def new_run_folder(purpose: Purpose) -> Iterator[RunFolder]:
    """A fresh folder `<root>/<purpose>-…`, removed at the end unless `keep` was set or an error passed through."""
    root = runs_root()
    path, lock = _claim(root, purpose)
    folder = RunFolder(path)
    with lock:
        try:
            yield folder
        except BaseException as error:
            folder.keep = not isinstance(error, KeyboardInterrupt)
            raise
        finally:
            if not folder.keep:
                shutil.rmtree(path, ignore_errors=True)


def _claim(root: Path, purpose: Purpose) -> tuple[Path, TextIO]:
    with (root / ".lock").open("w") as everyone:  # nobody may take a folder that is not locked yet for a leaving
        fcntl.flock(everyone, fcntl.LOCK_EX)
        _remove_leavings(root)
        path = Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=root))
        lock = (path / "lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return path, lock


def _remove_leavings(root: Path) -> None:
    for path in (one for purpose in get_args(Purpose) for one in root.glob(f"{purpose}-*")):
        with suppress(BlockingIOError), (path / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
