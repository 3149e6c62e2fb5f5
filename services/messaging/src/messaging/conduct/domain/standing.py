"""Where a seller stands by what was found about their conduct in a market, or a buyer by what was found about their claims: a
step of the ladder per finding, and a step back by time. A finding that is reversed counts nowhere (S-3).

Findings are made one by one by people, so all of them are remembered.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from messaging.sanctions.domain import (
    DECAYED,
    REVERSED,
    Foothold,
    Ladder,
    UnknownSanction,
    height_after,
    height_at,
    steps_back_at,
)
from ombud_words import BuyerId, CaseId, ComplaintId, DecisionId, PersonId, Role, SanctionId, SellerId, TakeoverId

BY_COMPLAINT, BY_VERDICT, BY_DECISION = "complaint", "verdict", "decision"
"""How a finding came about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that a person found against a seller or a buyer."""

    about: ComplaintId | TakeoverId | DecisionId
    """The complaint that was found justified, the takeover whose verdict confirmed what was reported, or the decision that found
    it."""
    case_id: CaseId
    grounds: tuple[str, ...]
    at: datetime
    """When it was found."""
    by: str
    """`complaint`, `verdict` of a takeover, or `decision` of a dispute."""

    @property
    def name(self) -> str:
        """Orders what was found at one instant."""
        return self.about


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFinding:
    """Something was found about a seller or a buyer; `ladder` is what that leads to now."""

    sanction_id: SanctionId
    seller_id: SellerId | None = None
    buyer_id: BuyerId | None = None
    market: str
    ladder: Ladder
    finding: Finding
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeBackFinding:
    """What was found was reversed."""

    about: ComplaintId | TakeoverId | DecisionId
    at: datetime


@dataclass(frozen=True, slots=True)
class StepBack:
    """Time has passed."""

    at: datetime


Command = RecordFinding | TakeBackFinding | StepBack


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRecorded:
    """A finding was recorded; this is the height it led to."""

    recorded: RecordFinding
    height: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingLifted:
    """Time has passed, or a finding counts no longer."""

    cause: str
    """`decayed` or `reversed`."""
    reversed: Finding | None
    height: int
    was_height: int
    at: datetime


Event = FindingRecorded | StandingLifted


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    id: SanctionId
    seller_id: SellerId | None = None
    buyer_id: BuyerId | None = None
    """Set in place of `seller_id` where a buyer stands by their claims."""
    market: str
    ladder: Ladder
    findings: tuple[Finding, ...] = ()
    """Those that stand, in the order in which they were recorded."""
    height: int = 0
    """As last told."""

    @property
    def role(self) -> Role:
        """As whom the person stands here."""
        return Role.SELLER if self.seller_id is not None else Role.BUYER

    @property
    def person_id(self) -> PersonId:
        """Whose standing it is."""
        whose = self.seller_id if self.seller_id is not None else self.buyer_id
        assert whose is not None, "a standing is somebody's"
        return whose

    @property
    def foothold(self) -> Foothold | None:
        """Where the person stood after the last finding."""
        return height_after(self.ladder, None, self.findings)

    def height_at(self, at: datetime) -> int:
        """Return the height at an instant, steps back included."""
        return height_at(self.ladder, self.foothold, at)

    def step_at(self, at: datetime) -> str | None:
        """Return the step at an instant, or None on the ground."""
        return self.ladder.step(self.height_at(at))

    def steps_back_at(self, at: datetime) -> datetime | None:
        """Return when the next step back is due after an instant."""
        return steps_back_at(self.ladder, self.foothold, at)


def decide(command: Command, state: Standing | None) -> list[Event]:
    """Return what happens. Raises UnknownSanction."""
    if isinstance(command, RecordFinding):
        return _record(command, state or _born(command))
    if state is None:
        raise UnknownSanction("nothing was found against this person")
    match command:
        case TakeBackFinding(about, at):
            return _take_back(state, about, at)
        case StepBack(at):
            return _step_back(state, at)
        case _:
            assert_never(command)


def _record(command: RecordFinding, state: Standing) -> list[Event]:
    if any(known.about == command.finding.about for known in state.findings):
        return []
    after = replace(state, ladder=command.ladder, findings=(*state.findings, command.finding))
    recorded = FindingRecorded(recorded=command, height=after.height_at(command.at), at=command.at)
    return [*_step_back(state, command.at), recorded]


def _take_back(state: Standing, about: ComplaintId | TakeoverId | DecisionId, at: datetime) -> list[Event]:
    finding = next((known for known in state.findings if known.about == about), None)
    if finding is None:
        return []
    height = replace(state, findings=_without(state.findings, finding)).height_at(at)
    lifted = StandingLifted(cause=REVERSED, reversed=finding, height=height, was_height=state.height, at=at)
    return [lifted]


def _step_back(state: Standing, at: datetime) -> list[Event]:
    height = state.height_at(at)
    if height >= state.height:
        return []
    return [StandingLifted(cause=DECAYED, reversed=None, height=height, was_height=state.height, at=at)]


def evolve(state: Standing | None, event: Event) -> Standing:
    """Return the state after a fact."""
    match event:
        case FindingRecorded(recorded=recorded, height=height):
            before = state or _born(recorded)
            findings = (*before.findings, recorded.finding)
            return replace(before, ladder=recorded.ladder, findings=findings, height=height)
        case StandingLifted(reversed=finding, height=height):
            assert state is not None, "a standing is born by FindingRecorded"
            return replace(state, findings=_without(state.findings, finding), height=height)
        case _:
            assert_never(event)


def _born(c: RecordFinding) -> Standing:
    return Standing(id=c.sanction_id, seller_id=c.seller_id, buyer_id=c.buyer_id, market=c.market, ladder=c.ladder)


def _without(findings: tuple[Finding, ...], taken: Finding | None) -> tuple[Finding, ...]:
    return tuple(known for known in findings if known != taken)
