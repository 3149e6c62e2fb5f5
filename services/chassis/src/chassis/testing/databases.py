"""Databases that tests borrow: emptied and lent again, because making one takes longer than most tests do."""

import asyncio
import os
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from chassis.mongo import Driver, Indexes, Mongo
from chassis.parts import Service, indexes_of


class DatabaseMissing(Exception):
    """The test needs MongoDB, and nobody said where it is."""


def mongo_address() -> str:
    """Return where MongoDB is. Raises DatabaseMissing, which says what to run."""
    if address := os.environ.get("OMBUD_MONGO"):
        return address
    raise DatabaseMissing("run it beside a MongoDB: .venv/bin/ombud-local run -- .venv/bin/python -m pytest PATH")


@dataclass(slots=True)
class _Lender:
    """The namespaces of this process in which an empty database stands that nobody uses, by whose it is."""

    free: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    made: list[str] = field(default_factory=list)

    async def lend(self, owner: str, indexes: Indexes) -> str:
        """Return the namespace of an empty database with these collections and indexes."""
        if self.free[owner]:
            return self.free[owner].pop()
        namespace = f"t{uuid.uuid4().hex[:8]}"
        async with _opened(f"{namespace}-{owner}") as mongo:
            self.made.append(mongo.name)
            await mongo.ensure(indexes)
        return namespace

    async def take_back(self, owner: str, namespace: str) -> None:
        """Empty a database, which can be lent again then."""
        async with _opened(f"{namespace}-{owner}") as mongo:
            names = await mongo.database.list_collection_names()
            await asyncio.gather(*(mongo.remove(n, {}) for n in names if not n.startswith("system.")))
            if "system.profile" in names:  # a test looked at how its queries were answered
                await mongo.database.command("profile", 0)
                await mongo.database.drop_collection("system.profile")
        self.free[owner].append(namespace)

    async def drop_all(self) -> None:
        """Remove what was made."""
        while self.made:
            async with _opened(self.made.pop()) as mongo:
                await mongo.drop()
        self.free.clear()


@asynccontextmanager
async def _opened(name: str, driver: Driver = "motor") -> AsyncIterator[Mongo]:
    mongo = Mongo(mongo_address(), name, driver)
    try:
        yield mongo
    finally:
        await mongo.close()


_LENDER = _Lender()


async def drop_all() -> None:
    """Remove the databases of this process, when its tests are over."""
    await _LENDER.drop_all()


@asynccontextmanager
async def a_namespace(owner: str, indexes: Indexes) -> AsyncIterator[str]:
    """Lend a namespace in which `owner` has an empty database with these indexes. Raises DatabaseMissing.

    The database has the name that `Settings.database` gives it. Tests put documents into it, and leave collections and
    indexes alone.
    """
    namespace = await _LENDER.lend(owner, indexes)
    try:
        yield namespace
    finally:
        await _LENDER.take_back(owner, namespace)


@asynccontextmanager
async def a_database(service: Service, driver: Driver = "motor") -> AsyncIterator[Mongo]:
    """Lend an empty database of a service's own for one test, with the service's indexes. Raises DatabaseMissing."""
    async with (
        a_namespace(service.name, indexes_of(service)) as namespace,
        _opened(f"{namespace}-{service.name}", driver) as mongo,
    ):
        yield mongo
