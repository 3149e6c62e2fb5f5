"""Commands that documents show to people, and how a test runs one as it stands there."""

import os
import subprocess

from document_claims import ROOT, code_of

READY = ".venv/.ombud-ready"


OUTSIDE_MAKE = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
"""A `make` below another one says which folder it enters; a person's does not."""


def run(command: str, environment: dict[str, str] | None = None, within_seconds: float = 120) -> str:
    """Run a line of shell in the repository; return what it printed. Fails with what it said on the other channel."""
    ended = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env={**OUTSIDE_MAKE, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=within_seconds,
        check=False,
    )
    assert ended.returncode == 0, f"{command}: {ended.returncode}\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}"
    return ended.stdout


def without_installing(command: str) -> str:
    """Let make believe that everything is installed, as it is where this test runs."""
    return command.replace("make ", f"make -o {READY} ", 1)


def explain_of(document: str, url: str) -> str:
    """Return the command that explains a clock of a running service, for one that does not exist."""
    (command,) = [c for c in code_of((ROOT / document).read_text()) if c.startswith("OMBUD_TOKEN=")]
    asked = command.replace("CLOCK", "clk_none").replace("URL", url)
    return asked.replace("make token", f"make -s -o {READY} token")
