"""`make bench`: runs every benchmark on the Kafka and MongoDB of this run, one after the other, prints their tables and keeps
the raw data in `run/bench/`. Ratios within one run count; absolute figures are this machine's."""

import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BENCHES = (
    "working_time",
    "detection",
    "consume_clocks",
    "write_clocks",
    "fire_on_time",
    "fire_burst",
    "fire_replicas",
    "clock_growth",
    "post_message",
    "long_thread",
    "live_updates",
    "open_loop",
    "costs",
    "statements",
    "helpdesk_peer",
)
FULL = {"clock_growth-full": ["clock_growth", "--full"]}
"""Longer ones, run only when they are named: `make bench BENCH=clock_growth-full`."""


def main() -> int:
    """Run all, or those named on the command line; return how many failed to run."""
    names = sys.argv[1:] or BENCHES
    folder = Path("run/bench")
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; raw data in {folder}/")
    failed = 0
    for name in names:
        print(f"\n== {name}", flush=True)
        module, *options = FULL.get(name, [name])
        command = [sys.executable, str(HERE / f"{module}.py"), *options, "--json", str(folder / f"{name}.json")]
        failed += subprocess.run(command, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
