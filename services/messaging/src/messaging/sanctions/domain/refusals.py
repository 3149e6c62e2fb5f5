"""What is refused about sanctions, named for the broken rule."""

from messaging.conversations.domain import Refusal


class UnknownSanction(Refusal):
    """There is no such sanction."""


class NothingToAppeal(Refusal):
    """No breach stands that was not appealed before."""


class AppealTooLate(Refusal):
    """The time to appeal is over."""


class NothingAppealed(Refusal):
    """No appeal waits for a decision."""
