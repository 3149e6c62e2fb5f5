"""Group commit: the writes of several commands that are ready at the same time share one transaction.

A lone command waits for nobody. While transactions are under way, those that become ready gather, and go together as soon
as one of them ends. A group that fails is committed one by one, so that each command hears its own refusal.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from prometheus_client import Counter

from chassis.store import Store, Writes

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
        self._waiting.append(waiting)
        if len(self._under_way) < _AT_ONCE:
            self._begin()
        await asyncio.shield(waiting.done)

    def _begin(self) -> None:
        group = self._next_group()
        task = asyncio.create_task(self._together(group))
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if self._waiting:
            self._begin()

    def _next_group(self) -> list[_Waiting]:
        """Take the longest that waits, and those after it that touch nothing in common."""
        group: list[_Waiting] = []
        touched: set[object] = set()
        others: list[_Waiting] = []
        for waiting in self._waiting:
            if len(group) < _LARGEST and touched.isdisjoint(waiting.touched):
                group.append(waiting)
                touched |= waiting.touched
            else:
                others.append(waiting)
        self._waiting = others
        return group

    async def _together(self, group: list[_Waiting]) -> None:
        GROUPS.inc()
        COMMANDS.inc(len(group))
        if len(group) > 1:
            try:
                await self._store.commit(merged(w.writes for w in group))
            except Exception:  # which of them it concerns shows when each goes alone
                pass
            else:
                for waiting in group:
                    _settle(waiting, lambda done: done.set_result(None))
                return
        for waiting in group:
            await self._alone(waiting)

    async def _alone(self, waiting: _Waiting) -> None:
        try:
            await self._store.commit(waiting.writes)
        except Exception as error:  # raised to the command that it belongs to
            refused = error
            _settle(waiting, lambda done: done.set_exception(refused))
        else:
            _settle(waiting, lambda done: done.set_result(None))


def _settle(waiting: _Waiting, settle: Callable[[asyncio.Future[None]], None]) -> None:
    if not waiting.done.done():
        settle(waiting.done)


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
