"""Given, when, then for billing's aggregates: events and the whole state they produce are compared.

A ladder of situations follows: charges, refunds and what they draw on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from billing.domain import charge, exposure, refund
from billing.domain.refusals import Refusal
from chassis.aggregate import C, E, Kind, S
from chassis.testing import fold

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
CONTEST_UNTIL = NOON + timedelta(days=90)
TICK = timedelta(milliseconds=1)

TERMS = charge.Terms(
    charge_id="chg_1",
    case_id="cas_1",
    seller_id="sel_1",
    market="lv",
    order_id="ord_1",
    line_id="lin_1",
    decision_id="dec_1",
    line="handling_fee",
    kind="HANDLING_FEE",
    net_minor=1_500,
    vat_minor=315,
    vat_basis_points=2_100,
    currency="EUR",
    tariff_version="2026.1",
    capped=False,
    appeal_until=NOON + timedelta(days=30),
)
CHARGE = charge.ProposeCharge(TERMS, needs_approval=False, contest_until=CONTEST_UNTIL, at=NOON)
LARGE_CHARGE = replace(CHARGE, needs_approval=True)
APPROVE = charge.ApproveCharge(CONTEST_UNTIL, LATER)
CONTEST = charge.ContestCharge("not_my_fault", LATER)
UPHOLD = charge.UpholdCharge("evidence_stands", "agt_1", LATER)
REVERSE = charge.ReverseCharge("evidence_fails", "agt_1", LATER)

CHARGE_LADDER: dict[str, tuple[charge.Command, ...]] = {
    "nothing": (),
    "proposed": (LARGE_CHARGE,),
    "approved": (LARGE_CHARGE, APPROVE),
    "posted": (CHARGE,),
    "contested": (CHARGE, CONTEST),
    "upheld": (CHARGE, CONTEST, UPHOLD),
    "reversed": (CHARGE, CONTEST, REVERSE),
}

ORDER = refund.OrderRefund(
    refund_id="rfd_1",
    case_id="cas_1",
    market="lv",
    decision_id="dec_1",
    order_id="ord_1",
    line_id="lin_1",
    buyer_id="buy_1",
    amount_minor=3_000,
    currency="EUR",
    goodwill=False,
    at=NOON,
)
COMPLETE = refund.CompleteRefund(3_000, "EUR", LATER)
FAIL = refund.FailRefund("card_closed", LATER)

REFUND_LADDER: dict[str, tuple[refund.Command, ...]] = {
    "nothing": (),
    "ordered": (ORDER,),
    "completed": (ORDER, COMPLETE),
    "failed": (ORDER, FAIL),
    "completed_after_failing": (ORDER, FAIL, COMPLETE),
}

RESERVE = exposure.ReserveCharge("chg_1", 9_000, 12_990, NOON)
RELEASE = exposure.ReleaseCharge("chg_1", LATER)
RESERVE_REFUND = exposure.ReserveRefund("rfd_1", 9_000, 12_990, NOON)

EXPOSURE_LADDER: dict[str, tuple[exposure.Command, ...]] = {
    "nothing": (),
    "charged": (RESERVE,),
    "released": (RESERVE, RELEASE),
    "refunded": (RESERVE_REFUND,),
    "both": (RESERVE, RESERVE_REFUND),
}
