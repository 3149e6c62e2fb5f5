"""`run/state.json`: what `up` started and where it is, written by the supervisor, read by the other commands."""

import fcntl
import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from ombud_local.run_folder import runs_root


class RunningService(BaseModel):
    url: str
    admin_url: str
    pid: int
    log: str
    exit_code: int | None = None


class State(BaseModel):
    """`status` is `failed` when the start failed, `degraded` when a service ended by itself later."""

    status: Literal["starting", "ready", "degraded", "failed"]
    message: str
    supervisor_pid: int
    provider: str = ""
    kafka: str = ""
    mongo: str = ""
    issuer: str = ""
    namespace: str = ""
    services: dict[str, RunningService] = {}

    def write(self) -> None:
        """Replaces the file whole, so that a reader never sees half of it."""
        path = state_path()
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(self.model_dump_json(indent=2))
        fresh.replace(path)


def state_path() -> Path:
    return runs_root() / "state.json"


def read_state() -> State | None:
    """None when nothing is up or the file is of another make."""
    try:
        return State.model_validate_json(state_path().read_text())
    except (OSError, ValueError):
        return None


def supervisor_lock() -> Path:
    """Held by the supervisor for as long as it lives: a process id may be another's, a lock may not."""
    return runs_root() / "supervisor.lock"


def supervisor_lives() -> bool:
    with supervisor_lock().open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
