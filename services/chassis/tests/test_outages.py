"""A database that is away, or that accepts and does not end: a command hears of it once, and soon."""

from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from chassis import mongo
from chassis.mongo import Driver, Mongo
from chassis.store import Unavailable, Upsert, Writes
from ombud_local.ports import free_port

BOTH = pytest.mark.parametrize("driver", ["motor", "pymongo"])
WRITES = Writes(inserted=[Upsert("things", "th_1", {})])


class Counted(Mongo):
    """Counts how often a transaction is begun; `broken` breaks the connection in each."""

    broken = False
    begun = 0

    async def _transact(self, *what: Any) -> None:
        self.begun += 1
        if self.broken:
            raise AutoReconnect("connection closed", {"errorLabels": ["TransientTransactionError"]})
        await super()._transact(*what)


def nowhere(monkeypatch: pytest.MonkeyPatch, driver: Driver) -> Counted:
    monkeypatch.setattr(mongo, "_SERVER_SELECTION_MS", 50)
    return Counted(f"mongodb://127.0.0.1:{free_port()}/", "away", driver)


@BOTH
async def test_a_primary_is_looked_for_once(monkeypatch: pytest.MonkeyPatch, driver: Driver) -> None:
    """INVARIANT: F20; would break if a transaction were begun again after nobody was found to take it."""
    away = nowhere(monkeypatch, driver)
    with pytest.raises(Unavailable):
        await away.commit(WRITES)
    await away.close()
    assert away.begun == 1


@BOTH
async def test_a_transaction_whose_connection_breaks_is_tried_again_and_ends_as_an_outage(
    monkeypatch: pytest.MonkeyPatch, driver: Driver
) -> None:
    """INVARIANT: F20; would break if the commands of a group, and each of them again, tried what no connection survives."""
    away = nowhere(monkeypatch, driver)
    away.broken = True
    with pytest.raises(Unavailable):
        await away.commit(WRITES)
    await away.close()
    assert away.begun > 1


@BOTH
async def test_a_transaction_is_not_tried_again_when_its_time_is_over(
    monkeypatch: pytest.MonkeyPatch, driver: Driver
) -> None:
    """INVARIANT: F20; would break if a command waited for as many attempts as there are, each up to its own limit."""
    monkeypatch.setattr(mongo, "_TRANSACTION_SECONDS", -1)
    away = nowhere(monkeypatch, driver)
    away.broken = True
    with pytest.raises(Unavailable):
        await away.commit(WRITES)
    await away.close()
    assert away.begun == 1
