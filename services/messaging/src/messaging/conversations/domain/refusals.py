"""What messaging refuses, named for the broken rule."""

from datetime import datetime


class Refusal(Exception):
    """A request against the rules of messaging."""

    facts: dict[str, object] = {}  # noqa: RUF012 - replaced, never changed


class UnknownConversation(Refusal):
    """There is no such conversation."""


class UnknownMessage(Refusal):
    """There is no such message."""


class UnknownErasure(Refusal):
    """There is no such erasure."""


class ConversationErased(Refusal):
    """Its texts were erased for good; nothing can be written or read in it any more."""


class PartyMayNotWrite(Refusal):
    """The conversation is locked for this party; the refusal says why, since when and what unlocks it."""

    def __init__(self, reason: str, since: datetime, unlocked_by: str, until: datetime | None = None) -> None:
        super().__init__(f"You can read, and not write: {reason.replace('_', ' ')}. {_WHAT_TO_DO[reason]}")
        ends = {} if until is None else {"until": until.isoformat()}
        self.facts = {"reason": reason, "since": since.isoformat(), "unlocked_by": unlocked_by, **ends}


class TooManyTranslations(Refusal):
    """As many translations of this message are kept as may be, earlier versions included."""


class TellsWhatWasRedacted(Refusal):
    """The message was delivered without contact data, and its translation holds some."""


class TooManyWaiting(Refusal):
    """As many messages of this conversation wait for a check as may."""


class NothingOwed(Refusal):
    """There is no reply to waive, or no waiver to revoke."""


class MessageNotHeld(Refusal):
    """Only a message that waits for a check can be released or rejected."""


class MessageNotBlocked(Refusal):
    """Only a message that was not delivered can be appealed."""


class NotAReply(Refusal):
    """Only a seller's delivered reply can be contested."""


class ContestedTooOften(Refusal):
    """The buyer contested as many replies of this case as the rules allow."""


class UnknownSanction(Refusal):
    """There is no such sanction."""


class NothingToAppeal(Refusal):
    """No breach stands that was not appealed before."""


class AppealTooLate(Refusal):
    """The time to appeal is over."""


class NothingAppealed(Refusal):
    """No appeal waits for a decision."""


class UnacceptableFile(Refusal):
    """The file is not what may be sent; the reason is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__("Sent can be pictures (JPEG, PNG, WebP, GIF), PDF documents and short videos (MP4, WebM).")
        self.facts = {"reason": reason}


class FileNameRefused(Refusal):
    """The file's name is no name that a person would give."""


class TooManyUnsentFiles(Refusal):
    """The uploader has as many files waiting to be sent as the rules allow."""


class TooManyAttachments(Refusal):
    """The message carries more files than the rules allow."""


class AttachmentsTooLarge(Refusal):
    """The files of the message are larger together than the rules allow."""


class NotAttachable(Refusal):
    """A file that a message names was sent before, was removed, or was never the author's in this conversation."""


class AssignedToAnother(Refusal):
    """Somebody else has the message; a supervisor can take it over."""

    def __init__(self, until: datetime) -> None:
        super().__init__("Somebody else looks at this message. Wait, or ask a supervisor to take it over.")
        self.facts = {"assigned_until": until.isoformat()}


class NotAssigned(Refusal):
    """Nobody has the message."""


_WAIT = "Wait until the time given, or ask the platform to end it; your rights and deadlines run on."
_WHAT_TO_DO = {
    "taken_over": "The platform answers the buyer now; submit evidence in the dispute, or appeal the takeover.",
    "case_closed": "The case is closed; a message of the buyer reopens it.",
    "insults": _WAIT,
    "threats": _WAIT,
    "flooding": _WAIT,
}
