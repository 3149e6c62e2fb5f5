"""What messaging refuses, named for the broken rule."""

from datetime import datetime, timedelta


class Refusal(Exception):
    """A request against the rules of messaging."""

    facts: dict[str, object] = {}  # noqa: RUF012 - replaced, never changed


class UnknownConversation(Refusal):
    """There is no such conversation."""


class UnknownMessage(Refusal):
    """There is no such message."""


class ConversationErased(Refusal):
    """Its texts were erased for good; nothing can be written or read in it any more."""


class PartyMayNotWrite(Refusal):
    """The conversation is locked for this party; the refusal says why, since when and what unlocks it."""

    def __init__(self, reason: str, since: datetime, unlocked_by: str, until: datetime | None = None) -> None:
        super().__init__(
            f"{_WHY[reason]} You can read the conversation, but you cannot write in it. {_WHAT_TO_DO[reason]}"
        )
        ends = {} if until is None else {"until": until.isoformat()}
        self.facts = {"reason": reason, "since": since.isoformat(), "unlocked_by": unlocked_by, **ends}


class CaseClosedForLong(Refusal):
    """The case was closed so long ago that nothing that is written in it lets it live again."""

    def __init__(self, closed: datetime, within: timedelta) -> None:
        super().__init__(
            f"The case was closed more than {within.days} days ago, so a message does not reopen it. Open a new case."
        )
        self.facts = {"closed_at": closed.isoformat(), "reopened_within_days": within.days}


class RightsLapsed(Refusal):
    """The case is closed, and the time in which it can be complained about for its reason is over."""

    def __init__(self, until: datetime) -> None:
        super().__init__(
            "The case is closed, and the time to complain about this is over, so a message does not reopen it. Ask the "
            "platform in a new case if something else is open."
        )
        self.facts = {"rights_until": until.isoformat()}


class TooManyTranslations(Refusal):
    """The message has as many translations as the rules allow, earlier versions included."""


class TooManyWaiting(Refusal):
    """As many messages of this conversation wait for a check as the rules allow."""


class NothingOwed(Refusal):
    """There is no reply to waive, or no waiver to revoke."""


class NothingProposed(Refusal):
    """No waiver is proposed that could be decided."""


class WaiverRefusedBefore(Refusal):
    """A waiver of the reply that is owed was proposed and refused."""


class MessageNotHeld(Refusal):
    """Only a message that waits for a check can be released or rejected."""


class MessageNotBlocked(Refusal):
    """Only a message that was not delivered can be appealed."""


class NotAReply(Refusal):
    """Only a seller's delivered reply can be contested."""


class ContestedTooOften(Refusal):
    """The buyer contested as many replies of this case as the rules allow."""


_WHY = {
    "taken_over": "The platform has taken over this contact.",
    "case_closed": "The case is closed.",
    "case_merged": "The case was merged into another one, which says the same.",
    "insults": "You are locked out because of insults.",
    "threats": "You are locked out because of threats.",
    "flooding": "You are locked out because you sent too many messages.",
}
_WAIT = "Wait until the time given, or ask the platform to end the lock. Your rights and deadlines are not affected."
_WHAT_TO_DO = {
    "taken_over": "The platform answers the buyer now. You can submit evidence in the dispute, or appeal the takeover.",
    "case_closed": "A message of the buyer reopens it while the time for that lasts; after it, the buyer opens a new case.",
    "case_merged": "Write in the conversation of the case that goes on; the merged case names it.",
    "insults": _WAIT,
    "threats": _WAIT,
    "flooding": _WAIT,
}
