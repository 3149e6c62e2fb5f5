"""How ticketing keeps what clocks last said, and the queries behind the screens."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chassis.aggregate import Unit
from chassis.mongo import Index, Indexes
from chassis.store import Document, Reader
from ombud_words import CaseId, ClockId, Role

DEADLINES = "deadlines"
INDEXES: Indexes = {DEADLINES: [Index(("case_id", 1))]}
_CLOCKS, _ROUNDS = 100, 1_000
"""A case has few clocks, and each of them few rounds."""


def round_key(clock_id: ClockId, round_number: int) -> str:
    """Return the id of the document of a clock's round."""
    return f"{clock_id}|{round_number}"


def keep_round(unit: Unit, clock_id: ClockId, round_number: int, said: dict[str, Any]) -> None:
    """Keep what a clock last said of a round."""
    unit.upsert(DEADLINES, round_key(clock_id, round_number), {"clock_id": clock_id, "round": round_number, **said})


def show_costs_of_round(unit: Unit, clock_id: ClockId, round_number: int, costs: list[dict[str, Any]]) -> None:
    """Keep beside a clock's round what its silence will cost."""
    unit.upsert(DEADLINES, round_key(clock_id, round_number), {"costs": costs})


async def costs_of_round(reader: Reader, clock_id: ClockId, round_number: int) -> list[dict[str, Any]] | None:
    """Return what a round showed that its silence costs, or None when it showed nothing."""
    found = await reader.find_one(DEADLINES, {"_id": round_key(clock_id, round_number)})
    return None if found is None else found.get("costs")


def forget_round(unit: Unit, clock_id: ClockId, round_number: int) -> None:
    """Forget a round that never was."""
    unit.delete(DEADLINES, round_key(clock_id, round_number))


async def list_deadlines(reader: Reader, case_id: CaseId, role: Role) -> list[Document]:
    """Return the last round of every clock of a case that a role may see, as last told."""
    where = {"case_id": case_id, "visible_to": role}
    newest_first = await reader.find(DEADLINES, where, sort=[("round", -1)], limit=_ROUNDS)
    last: dict[str, Document] = {}
    for deadline in newest_first:
        last.setdefault(deadline["clock_id"], deadline)
    return [last[clock_id] for clock_id in sorted(last)][:_CLOCKS]


async def deadlines_of(reader: Reader, case_ids: Sequence[CaseId], role: Role) -> dict[CaseId, list[Document]]:
    """Return the last round of every clock of several cases that a role may see, in one query."""
    where = {"case_id": {"$in": list(case_ids)}, "visible_to": role}
    limit = _ROUNDS * max(1, len(case_ids))
    last: dict[str, Document] = {}
    for deadline in await reader.find(DEADLINES, where, sort=[("round", -1)], limit=limit):
        last.setdefault(deadline["clock_id"], deadline)
    found: dict[CaseId, list[Document]] = {case_id: [] for case_id in case_ids}
    for clock_id in sorted(last):
        found[last[clock_id]["case_id"]].append(last[clock_id])
    return found


async def first_due(reader: Reader, case_id: CaseId, kind: str) -> datetime | None:
    """Return by when a first answer is owed by the clock of a kind, or None while it was not told."""
    found = await reader.find_one(DEADLINES, {"case_id": case_id, "kind": kind, "round": 1})
    return found.get("due_by") if found else None


async def find_breach(reader: Reader, clock_id: ClockId, round_number: int) -> tuple[bool, Document | None]:
    """Return whether a breach of a clock's round was ever told, and the last: its event's id and what was told, or None when
    it was withdrawn. Whoever decides on it has asked whether what it heard is news of the round, which guards it."""
    found = await reader.find_one(DEADLINES, {"_id": round_key(clock_id, round_number)})
    return (True, found["breach"]) if found and "breach" in found else (False, None)
