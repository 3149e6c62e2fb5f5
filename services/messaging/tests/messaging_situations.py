"""Given, when, then for messaging's aggregates: events and the whole state they produce are compared.

A ladder of situations follows: a conversation with what the checks found, never a text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from chassis.aggregate import C, E, Kind, S
from chassis.testing import fold
from messaging.domain.conversation import (
    AppealMessage,
    Checked,
    Command,
    ContestReply,
    Letter,
    LockParty,
    OpenConversation,
    PostMessage,
    RejectMessage,
    ReleaseMessage,
    RevokeWaiver,
    UnlockParty,
    Verdict,
    WaiveReply,
)
from messaging.domain.refusals import Refusal

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
FINE = Checked(Verdict.DELIVER, "0" * 64, 40, language="lv")
THANKS = replace(FINE, pure_thanks=True)
LEAK = replace(FINE, verdict=Verdict.BLOCK, findings=("phone",), rules=("phone.plain",))
HELD = replace(FINE, verdict=Verdict.HOLD, rules=("detector_failed",))


def letter(id: str, author: str, checked: Checked = FINE, audience: str = "thread", **more: Any) -> Letter:
    """A sealed letter; its bytes are nobody's words."""
    return Letter(id, author, f"{author[:3]}_1", audience, b"sealed", b"sealed", checked, NOON, **more)


def post(id: str, author: str, checked: Checked = FINE, audience: str = "thread") -> PostMessage:
    """The order to post a letter."""
    return PostMessage(letter(id, author, checked, audience), NOON)


OPEN = OpenConversation("cas_1", "lv", "buy_1", "sel_1", "lv", "key_1", letter("msg_1", "buyer", first=True), NOON)
EMPTY = replace(OPEN, first=None)
ANSWER = post("msg_2", "seller")
LOCK_TAKEN_OVER = LockParty("seller", "taken_over", "hand_back", LATER)
LOCK_CLOSED = LockParty("seller", "case_closed", "reopening", LATER)
UNLOCK_TAKEN_OVER = UnlockParty("seller", "taken_over", LATER)
UNLOCK_CLOSED = UnlockParty("seller", "case_closed", LATER)
WAIVE = WaiveReply("buyer", LATER)
REVOKE = RevokeWaiver("buyer", LATER)
CONTEST = ContestReply("msg_2", "not_answered", LATER)
APPEAL = AppealMessage("msg_2", LATER)
RELEASE = ReleaseMessage("msg_2", LATER)
REJECT = RejectMessage("msg_2", ("contact_data",), LATER)

LADDER: dict[str, tuple[Command, ...]] = {
    "nothing": (),
    "empty": (EMPTY,),
    "asked": (OPEN,),
    "answered": (OPEN, ANSWER),
    "contested": (OPEN, ANSWER, CONTEST),
    "waived": (OPEN, WAIVE),
    "revoked": (OPEN, WAIVE, REVOKE),
    "blocked": (OPEN, post("msg_2", "seller", LEAK)),
    "held": (OPEN, post("msg_2", "seller", HELD)),
    "appealed": (OPEN, post("msg_2", "seller", LEAK), APPEAL),
    "released": (OPEN, post("msg_2", "seller", HELD), RELEASE),
    "rejected": (OPEN, post("msg_2", "seller", HELD), REJECT),
    "taken_over": (OPEN, ANSWER, LOCK_TAKEN_OVER),
    "closed": (OPEN, ANSWER, LOCK_CLOSED),
}
