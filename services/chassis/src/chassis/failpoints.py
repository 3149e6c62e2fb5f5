"""Named failpoints for fault tests: `OMBUD_FAILPOINT="outbox.after_publish=kill@3"` kills the process the third time it
passes, and `=stop@3` makes it stand still there until it is told to go on (SIGCONT). Without the variable a failpoint does
nothing; in production the variable is refused (see settings)."""

import os
import signal
from collections import Counter

NAMES = frozenset(
    {
        "commit.before",
        "commit.after",
        "outbox.before_publish",
        "outbox.after_publish",
        "consumer.before_ack",
        "http.before_response",
    }
)

_passed: Counter[str] = Counter()
_VERBS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}
_armed: dict[str, tuple[int, signal.Signals]] = {}


class UnknownFailpoint(Exception):
    """The setting names no failpoint, or is not of the form `name=kill@n` or `name=stop@n`."""


def arm(setting: str) -> None:
    """Arm failpoints from `name=kill@n[,name=stop@n…]`; an empty text disarms all."""
    _armed.clear()
    _passed.clear()
    for part in filter(None, setting.split(",")):
        name, _, action = part.partition("=")
        verb, _, times = action.partition("@")
        if name not in NAMES or verb not in _VERBS or not (times or "1").isdigit():
            raise UnknownFailpoint(
                f"a failpoint is written name=kill@n or name=stop@n with a name of {', '.join(sorted(NAMES))}"
            )
        _armed[name] = (int(times or "1"), _VERBS[verb])


def failpoint(name: str) -> None:
    """Die here with SIGKILL, or stand still once, if this failpoint is armed and was passed often enough."""
    if name not in _armed:
        return
    _passed[name] += 1
    times, number = _armed[name]
    if _passed[name] >= times:
        del _armed[name]
        os.kill(os.getpid(), number)
