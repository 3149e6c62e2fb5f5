"""Charts as they are installed: with the charts that they depend on below `charts/`, laid there by copying."""

import shutil
import subprocess
from pathlib import Path

from ombud_release.chart_files import CHARTS
from ombud_release.services import SERVICES

UMBRELLA = "ombud"
LIBRARY = "ombud-common"


def assemble(into: Path, charts: Path = CHARTS) -> Path:
    """Lay out every chart below a folder and return the folder of the umbrella. The charts may be those of another version."""
    for service in SERVICES:
        _lay(charts / service.name, into / service.name)
        _lay(charts / LIBRARY, into / service.name / "charts" / LIBRARY)
    _lay(charts / UMBRELLA, into / UMBRELLA)
    _lay(charts / LIBRARY, into / UMBRELLA / "charts" / LIBRARY)
    for service in SERVICES:
        shutil.copytree(into / service.name, into / UMBRELLA / "charts" / service.name)
    return into / UMBRELLA


def _lay(chart: Path, at: Path) -> None:
    shutil.copytree(chart, at, ignore=shutil.ignore_patterns("charts", "Chart.lock"))


def package(helm: Path, assembled: Path, into: Path) -> list[Path]:
    """Write the archives of all charts. Raises CalledProcessError when Helm refuses one."""
    into.mkdir(parents=True, exist_ok=True)
    for name in (*(s.name for s in SERVICES), UMBRELLA):
        subprocess.run([helm, "package", assembled / name, "--destination", into], check=True, capture_output=True)
    return sorted(into.glob("*.tgz"))
