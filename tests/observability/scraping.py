"""A real Prometheus that scrapes the processes of a stack, as PodMonitors would have it."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ombud_local.children import Child
from ombud_local.ports import free_port
from ombud_local.stack import Stack

PROMETHEUS = shutil.which("prometheus")
"""Where it is installed; Debian's package `prometheus` has it."""
_EVERY = "1s"


@contextmanager
def scraped(stack: Stack, folder: Path) -> Iterator[str]:
    """Yield the address of a Prometheus while it scrapes every process of the stack."""
    assert PROMETHEUS is not None, "Prometheus is not installed"
    jobs = [
        {"job_name": f"ombud-{p.service}", "static_configs": [{"targets": [p.admin_url.removeprefix("http://")]}]}
        for p in stack.processes
    ]
    told = {"global": {"scrape_interval": _EVERY, "evaluation_interval": _EVERY}, "scrape_configs": jobs}
    config, port = folder / "prometheus.yml", free_port()
    config.write_text(json.dumps(told))  # which is YAML
    places = [f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    child = Child("prometheus", [PROMETHEUS, *places, f"--web.listen-address=127.0.0.1:{port}"], folder / "log")
    yield f"http://127.0.0.1:{port}"
    child.terminate(10)
