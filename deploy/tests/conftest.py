"""Charts laid out once for all tests of a run, and how they are rendered."""

from pathlib import Path

import pytest
from rendering import Charts

from ombud_release.assembly import assemble


@pytest.fixture(scope="session")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Charts:
    """Every chart with what it depends on."""
    folder: Path = tmp_path_factory.mktemp("charts")
    assemble(folder)
    return Charts(folder)
