"""For how long a consumer could not learn what waits for it, although the broker answers others.

Pure bookkeeping: instants are monotonic seconds that the caller gives. While the broker answers nobody there is an outage,
which is not the consumer's fault; silence begins after it.
"""


class Silence:
    """The silence around one consumer."""

    def __init__(self) -> None:
        self._since: float | None = None

    def end(self) -> None:
        """What waits is known."""
        self._since = None

    def go_on(self, now: float, broker_answers: bool) -> None:
        """What waits is not known; the broker answers others, or nobody."""
        if not broker_answers:
            self._since = None
        elif self._since is None:
            self._since = now

    def seconds(self, now: float) -> float:
        """Return for how long it has lasted; 0 when what waits is known, or the broker answers nobody."""
        return 0.0 if self._since is None else now - self._since
