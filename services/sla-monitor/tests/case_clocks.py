"""The clocks of one case, on their own: what they hear, and what becomes of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from riga_rules import local, riga_calendar, rules_of

from chassis.aggregate import Cause, Session
from chassis.memory import MemoryStore
from ombud_contracts import Event, Metadata, Received
from ombud_contracts.events import disputes
from ombud_contracts.golden import golden_example
from ombud_words import CaseId
from sla_monitor.clocks.consumers import clocks
from sla_monitor.clocks.domain.clock import Clock, Fire
from sla_monitor.clocks.publish import clock_id
from sla_monitor.clocks.store import CLOCKS, clocks_of_case

RULES = {"lv": rules_of(riga_calendar())}
MONDAY, TUESDAY, WEDNESDAY = ("2026-09-14", "2026-09-15", "2026-09-16")


def example(event: type[Event], **changed: Any) -> Event:
    return event.model_validate(golden_example(event)["data"] | {"case_id": "cas_1"} | changed)


class CaseClocks:
    """The clocks of one case, which hear events in the order in which they are brought."""

    def __init__(self) -> None:
        self.store, self.consumer, self.heard = MemoryStore(), clocks(RULES), 0

    async def hears(self, event: Event, at: str) -> None:
        self.heard += 1
        when = local(at)
        id = f"evt_{self.heard}"
        metadata = Metadata(
            id=f"{id}:1",
            subject=id,
            sequence=1,
            key="cas_1",
            occurred_at=when,
            recorded_at=when,
            case_id="cas_1",
            market="lv",
            correlation_id=id,
            causation_id=id,
        )
        session = self._session(when)
        received = Received(metadata=metadata, event=event, type=event.type)
        await self.consumer.handle(received, session.unit(Cause(metadata.id, id)))
        await session.commit()

    async def fire(self, at: str) -> None:
        session = self._session(local(at))
        for clock in await clocks_of_case(self.store, CaseId("cas_1")):
            await session.unit(Cause("time", "time")).execute(CLOCKS, clock_id(clock.ref), Fire(local(at), RULES["lv"]))
        await session.commit()

    async def of_kind(self, kind: str) -> Mapping[str, Clock]:
        """Return the clocks of a kind that have rounds, by subject."""
        found = await clocks_of_case(self.store, CaseId("cas_1"))
        return {clock.ref.subject: clock for clock in found if clock.ref.kind == kind and clock.rounds}

    async def verdicts(self, kind: str) -> dict[str, str]:
        return {subject: clock.rounds[-1].verdict.value for subject, clock in (await self.of_kind(kind)).items()}

    def _session(self, at: datetime) -> Session:
        return Session(self.store, lambda: at)


def opened(dispute_id: str) -> Event:
    return example(disputes.DisputeOpened, dispute_id=dispute_id, stage="NEGOTIATION")
