"""A round of a clock as others know it: what differs from what its facts make of it has to be announced."""

from dataclasses import dataclass
from datetime import datetime

from sla_monitor.clocks.domain.fact import FactId
from sla_monitor.clocks.domain.round import REMINDER, Verdict


@dataclass(frozen=True, slots=True)
class PublicRound:
    """What was announced of a round. `version` counts its deadlines, from 1."""

    number: int
    start_id: FactId
    start_at: datetime
    version: int
    due_by: datetime
    owner: str
    verdict: Verdict = Verdict.RUNNING
    settled_at: datetime | None = None
    paused_at: datetime | None = None
    pause_over: datetime | None = None
    """The pause whose cap was announced to be used up."""
    warned: tuple[tuple[int, datetime, int], ...] = ()
    """Thresholds that were announced: percent or reminder, when it was reached, and for which version."""
    breached: bool = False
    grace_ended: bool = False

    def owes_warning(self, percent: int, reached_at: datetime) -> bool:
        """Whether a threshold is still to be announced: never announced, or announced too early for what is now a later deadline.

        A reminder is not announced any more after one that comes later: nobody is told twice at once that a window closes.
        """
        if not self.warned:
            return True
        if any(REMINDER < told < percent and reached_at <= at for told, at, _ in self.warned):
            return False
        return all(percent != told or (reached_at > at and self.version > version) for told, at, version in self.warned)
