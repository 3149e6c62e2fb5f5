"""How far a consumer is behind, from two counts per partition: where the partition ends, and where the consumer is.

Pure bookkeeping: instants are monotonic seconds that the caller gives. It needs no timestamps of records, so no clock of
a producer, of a broker or of this machine can make a consumer seem to have read what it has not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aiokafka import TopicPartition

BEHIND_SECONDS = 1.0
"""A record may wait for so long, read or unread, before its consumer counts as behind."""
_MOST_SAMPLES = 511


@dataclass(slots=True)
class _Partition:
    """What was seen of one partition; `ends` holds (seen at, end) while records before that end wait."""

    handled: int
    moved_at: float
    ends: list[tuple[float, int]] = field(default_factory=list)


class Backlog:
    """The partitions assigned to one consumer."""

    def __init__(self) -> None:
        self._partitions: dict[TopicPartition, _Partition] = {}

    def reset(self) -> None:
        """Forget everything: the partitions are assigned anew."""
        self._partitions.clear()

    def observe(self, now: float, ends: Mapping[TopicPartition, int], handled: Mapping[TopicPartition, int]) -> None:
        """Take in where partitions end and up to where (exclusive) their records were handled.

        What waits when a partition is seen first may have waited for long, so it counts as behind at once.
        """
        for part in set(self._partitions) - set(ends):
            del self._partitions[part]
        for part, end in ends.items():
            known = self._partitions.get(part)
            if known is None:
                known = self._partitions[part] = _Partition(handled[part], now)
                known.ends.append((now - BEHIND_SECONDS, end))
            _advance(known, now, end, handled[part])

    def waiting_seconds(self, now: float) -> dict[TopicPartition, float]:
        """Return for how long the oldest unhandled record of each partition has waited at least; 0 where none does."""
        return {part: now - p.ends[0][0] if p.ends else 0.0 for part, p in self._partitions.items()}

    def is_behind(self, now: float) -> bool:
        """Tell whether any record has waited for longer than `BEHIND_SECONDS`."""
        return any(seconds >= BEHIND_SECONDS for seconds in self.waiting_seconds(now).values())

    def stalled(self, now: float, seconds: float) -> Iterable[TopicPartition]:
        """Return the partitions where records have waited for so long and none was handled meanwhile."""
        return sorted(p for p, known in self._partitions.items() if known.ends and now - known.moved_at >= seconds)


def _advance(known: _Partition, now: float, end: int, handled: int) -> None:
    if handled != known.handled or not known.ends:
        known.handled, known.moved_at = handled, now
    if not known.ends or end > known.ends[-1][1]:
        known.ends.append((now, end))
    while known.ends and known.ends[0][1] <= handled:
        known.ends.pop(0)
    if len(known.ends) > _MOST_SAMPLES:
        # Two neighbours become one that is as old as the older: an answer is then a little too long, never too short.
        pairs = zip(known.ends[0::2], known.ends[1::2], strict=True)
        known.ends = [(at, later_end) for (at, _), (_, later_end) in pairs]
