"""What takeovers refuse, named for the broken rule."""

from ombud_words import Role
from ticketing.cases.domain import Refusal


class UnknownTakeover(Refusal):
    """There is no such takeover."""


class TakeoverAlreadyDecided(Refusal):
    """The proposal was activated, declined, handed back or concluded before."""


class TakeoverNotDecided(Refusal):
    """Nobody decided the takeover yet, so there is no decision to reverse."""


class TakeoverAlreadyJudged(Refusal):
    """Somebody gave the other verdict before."""


class VerdictNotAwaited(Refusal):
    """The takeover was decided as a whole, so that no verdict is left to give."""


class UnlockChanceRuns(Refusal):
    """The seller's one chance to unlock the device lasts, and no verdict is given before its end (T4)."""


class NoUnlockChance(Refusal):
    """No chance to unlock the device lasts."""


class OwnDecision(Refusal):
    """Whoever decided does not judge the decision (S-4)."""


class ContactAnswered(Refusal):
    """The seller answered after the missed deadline: nothing is owed that the takeover could rest on."""


class FactMissing(Refusal):
    """The decision needs a kind of fact that was not given (section 4)."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(f"The decision needs facts of these kinds: {', '.join(missing)}. Name events that show them.")
        self.facts = {"missing": list(missing)}


class AboveAuthority(Refusal):
    """The scope of the takeover is for a higher role (casework, section 13)."""

    def __init__(self, scope: str, needed: Role) -> None:
        super().__init__(f"A takeover of the scope {scope} is decided by a {needed}. Propose it instead.")
        self.facts = {"scope": scope, "decided_by": str(needed)}


class UnknownFact(Refusal):
    """A named fact is not an event of this case."""


class TriggerNotForPeople(Refusal):
    """The trigger is decided by a clock in this market, not by a person."""
