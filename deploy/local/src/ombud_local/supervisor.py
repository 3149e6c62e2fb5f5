"""The background process of `up`: starts everything, watches it, and stops it when told by SIGTERM. It restarts nothing."""

import fcntl
import os
import sys
from pathlib import Path
from threading import Event

from ombud_local.children import StartFailed
from ombud_local.infrastructure import Infrastructure, start_infrastructure
from ombud_local.run_command import signals_as_interrupts
from ombud_local.run_folder import new_run_folder
from ombud_local.stack import Stack
from ombud_local.state import RunningService, State, state_path, supervisor_lock

_WATCH_SECONDS = 1.0


def main() -> int:
    """0 after an ordered stop, 1 when the start failed, 2 when another supervisor is there."""
    # Never closed: whoever waits for the lock waits for the end of this process, not of this function.
    lock = os.open(supervisor_lock(), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("another supervisor runs", file=sys.stderr)
        return 2
    try:
        with signals_as_interrupts(), new_run_folder("up") as folder:
            _supervise(folder.path)
    except KeyboardInterrupt:
        state_path().unlink(missing_ok=True)
        return 0
    except StartFailed as failure:
        State(status="failed", message=str(failure), supervisor_pid=os.getpid()).write()
        return 1
    return 0


def _supervise(folder: Path) -> None:
    def tell(message: str) -> None:
        print(message, flush=True)
        State(status="starting", message=message, supervisor_pid=os.getpid()).write()

    tell("Kafka and MongoDB")
    markets = os.environ.get("OMBUD_MARKETS")
    with start_infrastructure(folder, tell) as infrastructure:
        with Stack(infrastructure, folder, namespace="", markets=Path(markets) if markets else None) as stack:
            tell("token issuer and topics")
            stack.prepare()
            tell("the five services")
            stack.start_all(progress=tell)
            _watch(infrastructure, stack)


def _watch(infrastructure: Infrastructure, stack: Stack) -> None:
    written: State | None = None
    while True:
        now = _state_of(infrastructure, stack)
        if now != written:
            now.write()
            written = now
        Event().wait(_WATCH_SECONDS)


def _state_of(infrastructure: Infrastructure, stack: Stack) -> State:
    services = {
        one.service: RunningService(
            url=one.url, admin_url=one.admin_url, pid=one.pid, log=str(one.log), exit_code=one.exit_code
        )
        for one in stack.processes
    }
    ended = [name for name, service in services.items() if service.exit_code is not None]
    return State(
        status="degraded" if ended else "ready",
        message=f"ended by itself: {', '.join(ended)}" if ended else "everything runs",
        supervisor_pid=os.getpid(),
        provider=infrastructure.provider,
        kafka=infrastructure.kafka,
        mongo=infrastructure.mongo,
        issuer=stack.issuer_url,
        namespace=stack.namespace,
        services=services,
    )


if __name__ == "__main__":
    sys.exit(main())
