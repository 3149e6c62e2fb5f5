"""A complaint about a bought phone, and what its dispute and its clocks tell."""

from datetime import timedelta
from typing import Any

from bought_phone import AGENT, BUYER, CONTACT
from casework_desk import on_clock

from chassis.testing import NOON, told
from chassis.testing.desk import Desk, Json
from ombud_contracts import Event
from ombud_contracts.events import disputes
from ombud_contracts.events import sla_monitor as clocks
from ombud_contracts.events.ticketing import TraceSegment

DUE_BY = NOON - timedelta(hours=1)
TRACE = (TraceSegment(from_at=DUE_BY, to_at=DUE_BY, counted=True, seconds=0, cause="open", calendar_version="1"),)


class Complaint:
    """A case with a dispute, and what disputes and clocks tell of it in order."""

    def __init__(self, desk: Desk, case_id: str) -> None:
        self.desk, self.case_id = desk, case_id
        self.of_dispute = self.of_clock = 0

    async def tell(self, event: type[disputes.DisputeEvent], **members: Any) -> None:
        """Something happens in the dispute."""
        self.of_dispute += 1
        said = event.model_construct(dispute_id="dsp_1", case_id=self.case_id, **members)
        await self._hear(said, "dsp_1", self.of_dispute)

    async def clock(self, event: type[clocks.ClockEvent], kind: str, **members: Any) -> None:
        """A clock about the dispute says something."""
        self.of_clock += 1
        head = {"clock_id": "clk_7", "case_id": self.case_id, "kind": kind, "about": "dispute", "subject": "dsp_1"}
        await self._hear(on_clock(event, **head, **members), "clk_7", self.of_clock)

    async def breached(self, kind: str, word: str, **members: Any) -> None:
        """A deadline passes."""
        said = {"due_by": DUE_BY, "emitted_late": False, "still_owed": True, "on_silence": word}
        versions = {"policy_version": "1", "calendar_version": "1", "trace": TRACE}
        await self.clock(clocks.ClockBreached, kind, **said, **versions, **members)

    async def _hear(self, said: Event, subject: str, place: int) -> None:
        await self.desk.hears(told(said, subject, place, case_id=self.case_id))

    async def takeovers(self, reader: str = AGENT) -> list[Json]:
        found: list[Json] = (await self.desk.get(reader, f"/cases/{self.case_id}/takeovers")).json()
        return found

    async def statuses(self) -> list[tuple[str, str]]:
        return [(takeover["trigger"], takeover["status"]) for takeover in await self.takeovers()]


async def complained(desk: Desk, reason: str = "DEFECTIVE", *proof: str) -> Complaint:
    case = await desk.done(BUYER, "/cases", CONTACT | {"reason": reason})
    complaint = Complaint(desk, case["case_id"])
    await complaint.tell(disputes.DisputeOpened, reason=reason, opened_by="buyer", stage="NEGOTIATION")
    for kind in proof:
        await complaint.tell(disputes.EvidenceSubmitted, kind=kind, by="buyer", audience="thread")
    return complaint
