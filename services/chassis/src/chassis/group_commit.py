"""Group commit: the writes of several commands that are ready at the same time share one transaction.

A lone command waits for nobody. While transactions are under way, those that become ready gather, and go together as soon
as one of them ends. A group that is refused is committed one by one, so that each command hears its own refusal. Where the
database cannot take it, all hear that at once, those that still wait too: one after the other they would wait for minutes.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from prometheus_client import Counter

from chassis.store import Store, Unavailable, Writes

GROUPS = Counter("ombud_commit_groups_total", "Transactions in which commands were committed together or alone")
COMMANDS = Counter("ombud_commit_commands_total", "Commands that were committed in them")
_AT_ONCE = 2
"""Transactions under way: one that the database works at, one that this process prepares meanwhile."""
_LARGEST = 32
"""Commands of one transaction: what a conflict of one of them costs the others stays small."""


@dataclass(slots=True, eq=False)
class _Waiting:
    writes: Writes
    touched: frozenset[object]
    alone: bool = False
    """It was in a group that was refused: which of them that concerns shows when each goes alone."""
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class GroupCommit:
    """The commits of the commands of one process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[_Waiting] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def commit(self, writes: Writes) -> None:
        """Write all or nothing of these, alone or with others. Raises Conflict, AlreadyHandled or Unavailable."""
        waiting = _Waiting(writes, frozenset(_touched(writes)))
        waiting.done.add_done_callback(_heard)
        self._waiting.append(waiting)
        if len(self._under_way) < _AT_ONCE:
            self._begin()
        await asyncio.shield(waiting.done)

    def _begin(self) -> None:
        group = self._next_group()
        GROUPS.inc()
        COMMANDS.inc(len(group))
        task = asyncio.create_task(self._together(group))
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if self._waiting:
            self._begin()

    def _next_group(self) -> list[_Waiting]:
        """Take the longest that waits, and those after it that touch nothing in common."""
        first, *rest = self._waiting
        group = [first]
        touched = set(first.touched)
        others: list[_Waiting] = []
        for waiting in rest:
            together = not first.alone and not waiting.alone and len(group) < _LARGEST
            if together and touched.isdisjoint(waiting.touched):
                group.append(waiting)
                touched |= waiting.touched
            else:
                others.append(waiting)
        self._waiting = others
        return group

    async def _together(self, group: list[_Waiting]) -> None:
        try:
            await self._store.commit(merged(w.writes for w in group))
        except Unavailable as outage:
            others, self._waiting = self._waiting, []
            for waiting in group + others:
                _end(waiting, Unavailable(str(outage)))
        except Exception as refusal:
            if len(group) == 1:
                return _end(group[0], refusal)
            for waiting in group:
                waiting.alone = True
            self._waiting = group + self._waiting
        except BaseException:  # the process ends, and nobody waits for what will not come
            for waiting in group:
                _end(waiting, Unavailable("the process ends"))
            raise
        else:
            for waiting in group:
                _end(waiting)


def _heard(done: asyncio.Future[None]) -> None:
    """Take note of a refusal, whose command may have left by now."""
    if not done.cancelled():
        done.exception()


def _end(waiting: _Waiting, error: Exception | None = None) -> None:
    if waiting.done.done():
        return
    if error is None:
        waiting.done.set_result(None)
    else:
        waiting.done.set_exception(error)


def merged(several: Iterable[Writes]) -> Writes:
    """Return the writes of several commands as those of one transaction; they touch nothing in common."""
    whole = Writes()
    for writes in several:
        whole.fences.update(writes.fences)
        whole.handled += writes.handled
        whole.answers += writes.answers
        whole.saved.update(writes.saved)
        whole.guarded.update(writes.guarded)
        whole.inserted += writes.inserted
        whole.upserted.update(writes.upserted)
        whole.deleted += writes.deleted
        whole.outbox += writes.outbox
    return whole


def _touched(writes: Writes) -> Iterable[object]:
    yield from writes.saved
    yield from writes.guarded
    yield from writes.upserted
    yield from writes.deleted
    yield from ((row.collection, row.id) for row in writes.inserted)
    yield from (("inbox", id) for id in writes.handled)
    yield from (("answers", answer.id) for answer in writes.answers)
    yield from (("outbox", row.id) for row in writes.outbox)
    yield from (("leases", id) for id in writes.fences)
