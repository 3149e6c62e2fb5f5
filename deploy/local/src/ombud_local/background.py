"""`up`, `down`, `status`, `logs` and `token`: what a person does with the stack in the background."""

import os
import signal
import subprocess
import sys
from time import monotonic, sleep

import httpx
from rich.console import Console
from rich.table import Column, Table

from ombud_local.children import StartFailed
from ombud_local.run_folder import runs_root
from ombud_local.state import State, read_state, state_path, supervisor_lives

_UP_SECONDS = 600.0  # the first start fetches the jars or the images
_DOWN_SECONDS = 90.0  # the services' grace, then Kafka's and MongoDB's
_POLL_SECONDS = 0.1


def up(console: Console) -> int:
    """0 when everything answers. An interrupted or failed start leaves nothing running."""
    if supervisor_lives():
        console.print("It is up already.")
        return status(console)
    state_path().unlink(missing_ok=True)
    log = runs_root() / "supervisor.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "ombud_local.supervisor"]
        supervisor = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        state = _wait_until_up(console, supervisor)
    except BaseException:
        _end(supervisor)
        raise
    if supervisor.poll() is not None:
        if state is not None and state.status == "failed":
            state_path().unlink(missing_ok=True)
            raise StartFailed(state.message)
        raise StartFailed(f"the supervisor ended with {supervisor.returncode}; see {log}")
    return status(console)


def _end(supervisor: "subprocess.Popen[bytes]") -> None:
    """Through the process we hold: one interrupted early has not yet said where it is. Its children are tied to it."""
    supervisor.terminate()
    try:
        supervisor.wait(_DOWN_SECONDS)
    except subprocess.TimeoutExpired:
        supervisor.kill()
        supervisor.wait()
    state_path().unlink(missing_ok=True)


def _wait_until_up(console: Console, supervisor: "subprocess.Popen[bytes]") -> State | None:
    end = monotonic() + _UP_SECONDS
    shown = ""
    with console.status("starting") as spinner:
        while monotonic() < end:
            ended = supervisor.poll() is not None
            state = read_state()
            if state and state.message != shown:
                shown = state.message
                spinner.update(shown)
            if ended or (state and state.status != "starting"):
                return state
            sleep(_POLL_SECONDS)
    raise StartFailed(f"not up after {_UP_SECONDS:.0f} s; it was at: {shown}")


def down(console: Console) -> int:
    """0 when nothing of it runs any more, also when nothing ran."""
    state = read_state()
    if not supervisor_lives():
        state_path().unlink(missing_ok=True)
        console.print("Nothing is up.")
        return 0
    if state is None:
        raise StartFailed("a supervisor is about to start; try again in a second")
    os.kill(state.supervisor_pid, signal.SIGTERM)
    end = monotonic() + _DOWN_SECONDS
    with console.status("stopping"):
        while supervisor_lives() and monotonic() < end:
            sleep(_POLL_SECONDS)
    if supervisor_lives():  # its children are tied to it and die as well
        os.kill(state.supervisor_pid, signal.SIGKILL)
        console.print("It did not stop in time and was killed.")
    state_path().unlink(missing_ok=True)
    console.print("Stopped.")
    return 0


def status(console: Console) -> int:
    """0 when everything runs, 1 otherwise."""
    state = read_state() if supervisor_lives() else None
    if state is None:
        console.print("Nothing is up: `make up` starts it.")
        return 1
    table = Table("what", Column("where", overflow="fold"), Column("described, measured", overflow="fold"), "process")
    for name, service in state.services.items():
        process = str(service.pid) if service.exit_code is None else f"ended with {service.exit_code}"
        table.add_row(name, service.url, f"{service.admin_url}/docs, /metrics", process)
    table.add_row("Kafka", state.kafka, "", state.provider)
    table.add_row("MongoDB", state.mongo, "", state.provider)
    table.add_row("token issuer", state.issuer, "", "")
    console.print(table)
    console.print(state.message)
    if "ticketing" in state.services:
        console.print(_example(state.services["ticketing"].url), highlight=False, soft_wrap=True)
    return 0 if state.status == "ready" else 1


def _example(ticketing_url: str) -> str:
    token = '"authorization: Bearer $(make token ROLE=buyer)"'
    return f"Try it:\n  curl -s {ticketing_url}/readyz\n  curl -s -H {token} {ticketing_url}/cases\nStop it: make down"


def logs(service: str | None, lines: int, follow: bool) -> int:
    """Prints the end of the logs through `tail`, which this process becomes."""
    state = _require_up()
    chosen = {name: one.log for name, one in state.services.items() if service in (None, name)}
    if not chosen:
        raise StartFailed(f"no service {service}; there are {', '.join(state.services)}")
    arguments = ["tail", "-n", str(lines), *(["-F"] if follow else []), *chosen.values()]
    os.execvp(arguments[0], arguments)


def token(role: str, subject: str, markets: list[str]) -> str:
    """An access token from the running issuer."""
    state = _require_up()
    body = {"role": role, "subject": subject, "markets": markets}
    answer = httpx.post(f"{state.issuer}/token", json=body, timeout=10)
    if answer.status_code != httpx.codes.OK:
        raise StartFailed(f"the token issuer answered {answer.status_code}")
    return str(answer.json()["access_token"])


def _require_up() -> State:
    state = read_state() if supervisor_lives() else None
    if state is None or not state.services:
        raise StartFailed("nothing is up: `make up` starts it")
    return state
