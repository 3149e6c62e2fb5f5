"""What ticketing refuses, named for the broken rule."""


class Refusal(Exception):
    """A request against the rules of ticketing."""

    facts: dict[str, object] = {}  # noqa: RUF012 - replaced, never changed


class UnknownCase(Refusal):
    """There is no such case."""


class UnknownTakeover(Refusal):
    """There is no such takeover."""


class UnknownOrderLine(Refusal):
    """There is no such order line for this person."""


class CaseAlreadyLive(Refusal):
    """One live case per order line and reason family: a second contact joins it."""

    def __init__(self, case_id: str, number: str) -> None:
        super().__init__(
            f"Case {number} about this order line and kind of problem is open. "
            "Write in its conversation; that reaches the same people, and reopens it if it is resolved."
        )
        self.facts = {"case_id": case_id, "number": number}


class CaseWindowClosed(Refusal):
    """Every right about this purchase has lapsed (section 5: the most favourable window counts)."""


class CaseNotOpen(Refusal):
    """The case is resolved or closed."""


class CaseNotResolved(Refusal):
    """Only a resolved case can be closed."""


class ContactAlreadyTakenOver(Refusal):
    """The platform owns the contact."""


class ContactNotTakenOver(Refusal):
    """The seller owns the contact: there is nothing to hand back."""


class TakeoverAlreadyDecided(Refusal):
    """The proposal was activated, declined, handed back or concluded before."""


class FactMissing(Refusal):
    """The decision needs a kind of fact that was not given (section 4)."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(f"The decision needs facts of these kinds: {', '.join(missing)}. Name events that show them.")
        self.facts = {"missing": list(missing)}


class UnknownFact(Refusal):
    """A named fact is no event of this case."""


class TriggerNotForPeople(Refusal):
    """The trigger is decided by a clock in this market, not by a person."""
