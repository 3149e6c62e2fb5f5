"""Given, when, then for ticketing's aggregates: events and the whole state they produce are compared.

A ladder of situations follows: cases and takeovers as they come about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from chassis.aggregate import C, E, Kind, S
from chassis.testing import fold
from ticketing.domain import case, takeover
from ticketing.domain.priority import Circumstances
from ticketing.domain.refusals import Refusal

R = TypeVar("R", bound=Refusal)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[E, S]):
    """What a command led to: facts, or a refusal."""

    before: S | None
    events: list[E]
    after: S | None
    refusal: Refusal | None = None

    def then(self, *events: E, **changed: object) -> S:
        """Expect exactly these facts, and a state that differs from the one before in exactly these members."""
        assert self.refusal is None, f"refused: {self.refusal}"
        assert self.events == list(events)
        assert self.after is not None
        if self.before is None:
            assert {name: getattr(self.after, name) for name in changed} == changed
        else:
            assert self.after == replace(self.before, **changed)  # type: ignore[type-var]
        return self.after

    def then_nothing(self) -> None:
        """Expect no fact: a repeat that changes nothing."""
        assert self.refusal is None, f"refused: {self.refusal}"
        assert self.events == []
        assert self.after == self.before

    def then_refused(self, refusal: type[R]) -> R:
        """Expect this refusal, and return it."""
        assert isinstance(self.refusal, refusal), f"{self.told} instead of {refusal.__name__}"
        return self.refusal

    @property
    def told(self) -> str:
        """The outcome in one word: `-` for nothing, the facts, or the refusal."""
        if self.refusal is not None:
            return type(self.refusal).__name__
        return "+".join(type(event).__name__ for event in self.events) or "-"


@dataclass(frozen=True, slots=True)
class Situation(Generic[C, E, S]):
    """What happened so far to one aggregate."""

    kind: Kind[C, E, S]
    state: S | None

    def when(self, *commands: C) -> Outcome[E, S]:
        """Decide commands one after the other. Any exception but a refusal of the domain passes through."""
        events: list[E] = []
        after = self.state
        try:
            for command in commands:
                for event in self.kind.decide(command, after):
                    events.append(event)
                    after = self.kind.evolve(after, event)
        except Refusal as refusal:
            return Outcome(self.state, [], self.state, refusal)
        return Outcome(self.state, events, after)


def given(kind: Kind[C, E, S], *commands: C) -> Situation[C, E, S]:
    """Build a situation through commands, none of which is refused."""
    return Situation(kind, fold(kind, list(commands))[1])


def outcomes(
    kind: Kind[C, E, S], ladder: Mapping[str, Sequence[C]], commands: Mapping[str, C]
) -> dict[str, dict[str, Outcome[E, S]]]:
    """Walk every command over every situation: command → situation → outcome."""
    return {
        name: {rung: given(kind, *history).when(command) for rung, history in ladder.items()}
        for name, command in commands.items()
    }


def told(walk: Mapping[str, Mapping[str, Outcome[Any, Any]]]) -> dict[str, dict[str, str]]:
    """Return each outcome of a walk in one word."""
    return {name: {rung: outcome.told for rung, outcome in row.items()} for name, row in walk.items()}


# The ladder

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
APPEAL_UNTIL = NOON + timedelta(days=30)

CIRCUMSTANCES = Circumstances(
    reason="DEFECTIVE",
    value_minor=12_990,
    promised_by=NOON - timedelta(days=5),
    delivered_at=NOON - timedelta(days=6),
    earlier_contacts=0,
    at=NOON,
)
OPEN = case.OpenCase(
    case_id="cas_1",
    number="LV-26-1",
    market="lv",
    buyer_id="buy_1",
    seller_id="sel_1",
    order_id="ord_1",
    line_id="lin_1",
    reason="DEFECTIVE",
    family="CONFORMITY",
    draft_id="drf_1",
    opened_by="buyer",
    circumstances=CIRCUMSTANCES,
    rights_until=NOON + timedelta(days=700),
    at=NOON,
)
RESOLVE = case.ResolveCase("answered", LATER)
CLOSE = case.CloseCase(LATER)
REOPEN = case.ReopenCase("buyer_message", LATER)
TAKE_OVER = case.TakeContactOver("tko_1", LATER)
HAND_BACK = case.HandContactBack("tko_1", LATER)

CASE_LADDER: dict[str, tuple[case.Command, ...]] = {
    "nothing": (),
    "open": (OPEN,),
    "taken_over": (OPEN, TAKE_OVER),
    "handed_back": (OPEN, TAKE_OVER, HAND_BACK),
    "resolved": (OPEN, RESOLVE),
    "resolved_by_platform": (OPEN, TAKE_OVER, RESOLVE),
    "closed": (OPEN, RESOLVE, CLOSE),
    "closed_by_platform": (OPEN, TAKE_OVER, RESOLVE, CLOSE),
    "reopened": (OPEN, RESOLVE, CLOSE, REOPEN),
}

TRACE = (takeover.Segment(NOON - timedelta(days=1), NOON, True, 86_400, "open", "1"),)
GROUNDS = takeover.Grounds(
    trigger="T2",
    clause="S-4.2",
    clause_version="2026.1",
    scope="dispute",
    required=("claim", "evidence"),
    facts=(takeover.Fact("cas_1:3", ("claim",)), takeover.Fact("dsp_1:2", ("evidence", "photo"))),
    deadline_trace=TRACE,
)
BARE_GROUNDS = replace(GROUNDS, facts=GROUNDS.facts[:1])
PROPOSE = takeover.ProposeTakeover("tko_1", "cas_1", "lv", GROUNDS, "seller", NOON)
ACTIVATE = takeover.ActivateTakeover(
    takeover_id="tko_1",
    case_id="cas_1",
    market="lv",
    seller_id="sel_1",
    buyer_id="buy_1",
    order_id="ord_1",
    line_id="lin_1",
    reason="DEFECTIVE",
    grounds=GROUNDS,
    alternatives=("remind_again",),
    decided_by="agent",
    decider_id="agt_1",
    appeal_until=APPEAL_UNTIL,
    charges_announced=("HANDLING_FEE",),
    at=LATER,
)
DECLINE = takeover.DeclineTakeover("seller_answered", "agent", LATER)
GIVE_BACK = takeover.HandBack("seller_cooperates", "agent", LATER)
CONCLUDE = takeover.ConcludeTakeover(LATER)

TAKEOVER_LADDER: dict[str, tuple[takeover.Command, ...]] = {
    "nothing": (),
    "proposed": (PROPOSE,),
    "active": (ACTIVATE,),
    "active_after_proposal": (PROPOSE, ACTIVATE),
    "declined": (PROPOSE, DECLINE),
    "handed_back": (ACTIVATE, GIVE_BACK),
    "concluded": (ACTIVATE, CONCLUDE),
}
