"""Whichever way a run ends, no process and no folder of it remain."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from local_processes import processes_naming

from ombud_local.children import wait_until
from ombud_local.infrastructure import Infrastructure, start_infrastructure

SECONDS = 60.0
StartRun = Callable[[str], "subprocess.Popen[bytes]"]
ANNOUNCE = "import os, pathlib, signal; pathlib.Path(os.environ['READY']).write_text('up'); signal.pause()"


@pytest.fixture
def start_run(tmp_path: Path) -> StartRun:
    """Starts `ombud-local run` on a Python program in a process group of its own; returns once the program announced itself."""

    def start(program: str) -> "subprocess.Popen[bytes]":
        ready = tmp_path / "ready"
        told = {**os.environ, "READY": str(ready), "OMBUD_RUN_FOLDER": str(tmp_path / "run"), "OMBUD_INFRA": "native"}
        command = [sys.executable, "-m", "ombud_local.cli", "run", "--", sys.executable, "-c", program]
        run = subprocess.Popen(command, env=told, start_new_session=True, stderr=subprocess.DEVNULL)
        wait_until(ready.exists, SECONDS, "the program to be run")
        assert len(processes_naming(str(tmp_path / "run"))) >= 2, "Kafka and MongoDB do not run"
        return run

    return start


def expect_nothing_left(folder: Path) -> None:
    wait_until(lambda: not processes_naming(str(folder)), SECONDS, f"the end of every process that names {folder}")


def test_stopping_leaves_no_process(tmp_path: Path) -> None:
    with start_infrastructure(tmp_path, provider="native"):
        assert len(processes_naming(str(tmp_path))) == 2
    assert processes_naming(str(tmp_path)) == []


def test_ctrl_c_leaves_no_process_and_no_folder(start_run: StartRun, tmp_path: Path) -> None:
    run = start_run(ANNOUNCE)
    os.killpg(run.pid, signal.SIGINT)  # what a terminal does
    run.wait(SECONDS)
    assert processes_naming(str(tmp_path / "run")) == []
    assert list((tmp_path / "run").glob("run-*")) == []


def test_sigterm_to_the_run_alone_ends_the_command_too(start_run: StartRun, tmp_path: Path) -> None:
    run = start_run(ANNOUNCE)
    run.terminate()
    assert run.wait(SECONDS) == 130
    assert processes_naming(str(tmp_path / "run")) == []
    assert processes_naming(str(tmp_path / "ready")) == []


def test_a_killed_run_takes_its_processes_along(start_run: StartRun, tmp_path: Path) -> None:
    """INVARIANT: nothing outlives its starter, even one that could not say goodbye. Starting without a tether breaks it."""
    run = start_run(ANNOUNCE)
    run.kill()
    run.wait(SECONDS)
    expect_nothing_left(tmp_path / "run")


def test_the_exit_code_of_the_command_is_the_exit_code_of_the_run(shared: Infrastructure, tmp_path: Path) -> None:
    where = {**shared.environment(), "OMBUD_INFRA": "external"}
    told = {**os.environ, **where, "OMBUD_RUN_FOLDER": str(tmp_path / "run")}
    command = [sys.executable, "-m", "ombud_local.cli", "run", "--", sys.executable, "-c", "raise SystemExit(7)"]
    ended = subprocess.run(command, env=told, capture_output=True, timeout=SECONDS, check=False)
    assert ended.returncode == 7
    assert b"logs, until the next run" in ended.stderr
