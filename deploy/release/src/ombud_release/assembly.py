"""Charts as they are installed: with the charts that they depend on below `charts/`, laid there by copying."""

import shutil
import subprocess
from pathlib import Path

from ombud_release.chart_files import CHARTS
from ombud_release.services import SERVICES

UMBRELLA = "ombud"
LIBRARY = "ombud-common"


def assemble(into: Path) -> Path:
    """Lay out every chart below a folder and return the folder of the umbrella."""
    for service in SERVICES:
        _lay(CHARTS / service.name, into / service.name)
        _lay(CHARTS / LIBRARY, into / service.name / "charts" / LIBRARY)
    _lay(CHARTS / UMBRELLA, into / UMBRELLA)
    _lay(CHARTS / LIBRARY, into / UMBRELLA / "charts" / LIBRARY)
    for service in SERVICES:
        _lay(into / service.name, into / UMBRELLA / "charts" / service.name)
    return into / UMBRELLA


def _lay(chart: Path, at: Path) -> None:
    shutil.copytree(
        chart, at, ignore=shutil.ignore_patterns("charts", "Chart.lock") if chart.parent == CHARTS else None
    )


def package(helm: Path, assembled: Path, into: Path) -> list[Path]:
    """Write the archives of all charts. Raises CalledProcessError when Helm refuses one."""
    into.mkdir(parents=True, exist_ok=True)
    for name in (*(s.name for s in SERVICES), UMBRELLA):
        subprocess.run([helm, "package", assembled / name, "--destination", into], check=True, capture_output=True)
    return sorted(into.glob("*.tgz"))
