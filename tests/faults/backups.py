"""Backups of MongoDB as an operator has them: a copy of the data at one moment, and the oplog that was kept since.

In a cluster a snapshot of a volume and a service that keeps the oplog do the same. Both hold every database of the set, so
that what a service decided, what it has yet to tell (outbox) and what it has heard (inbox) are of one moment.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bson import Timestamp
from bson.codec_options import DatetimeConversion
from pymongo import MongoClient

from ombud_local.mongo_native import NativeMongo

Entry = dict[str, Any]
_OWN_TO_THE_SERVER = ("config.", "local.", "admin.")
_AT_ONCE = 200


@contextmanager
def standing_still(mongo: str) -> Iterator[MongoClient[Entry]]:
    """Flush everything to the disk; nobody writes any more."""
    with MongoClient[Entry](mongo, datetime_conversion=DatetimeConversion.DATETIME_MS) as client:
        client.admin.command({"fsync": 1, "lock": True})
        yield client


@dataclass(frozen=True)
class Backup:
    """A copy of the data, and the last moment that it holds."""

    data: Path
    until: Timestamp


def back_up(mongo: NativeMongo, into: Path) -> Backup:
    """Copy the data while services write."""
    with standing_still(mongo.address) as client:
        [last] = client.local["oplog.rs"].find().sort("$natural", -1).limit(1)
        shutil.copytree(mongo.data, into, ignore=shutil.ignore_patterns("mongod.lock"))
        client.admin.command({"fsyncUnlock": 1})
    return Backup(into, last["ts"])


def lose(mongo: NativeMongo, backup: Backup) -> list[Entry]:
    """Kill the server and destroy its data; return what was kept of its oplog since the backup, which is all of it."""
    with standing_still(mongo.address) as client:
        kept = list(client.local["oplog.rs"].find({"ts": {"$gt": backup.until}}).sort("$natural", 1))
        mongo.kill()
    shutil.rmtree(mongo.data)
    return kept


def restore(mongo: NativeMongo, backup: Backup, kept: Sequence[Entry]) -> None:
    """Bring the copy back in the same place, and what happened since, in its order."""
    shutil.copytree(backup.data, mongo.data)
    mongo.start()
    operations = [operation for entry in kept for operation in _operations(entry)]
    with MongoClient[Entry](mongo.address, datetime_conversion=DatetimeConversion.DATETIME_MS) as client:
        for first in range(0, len(operations), _AT_ONCE):
            client.admin.command({"applyOps": operations[first : first + _AT_ONCE]})


def _operations(entry: Entry) -> list[Entry]:
    """Return what an entry did to our databases; a transaction is one entry with all its operations."""
    if entry["op"] == "c" and "applyOps" in entry["o"]:
        return [inner for operation in entry["o"]["applyOps"] for inner in _operations(operation)]
    if entry["op"] == "n" or entry["ns"].startswith(_OWN_TO_THE_SERVER):
        return []
    return [{name: entry[name] for name in ("op", "ns", "ui", "o", "o2") if name in entry}]
