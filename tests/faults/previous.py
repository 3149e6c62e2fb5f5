"""The version before this one, out of the history of this checkout: what rolls forward must roll back (F25)."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PREVIOUS = "14d1fb1"
"""The newest version that wrote another form, or other default rules, than this one: it knows the names that the rows of a case's
right and of the time to appeal a takeover use, and publishes neither."""


def previous_sources(folder: Path, version: str = PREVIOUS) -> list[Path]:
    """Unpack a version into a folder; return where Python finds its packages. Skips in a shallow checkout."""
    command = ["git", "archive", version, "contracts", "services"]
    archive = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"the version {version} is not in the history of this checkout")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    return sorted(folder.glob("**/src"))
