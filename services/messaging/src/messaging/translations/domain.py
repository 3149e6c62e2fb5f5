"""What is refused about translations beside what their conversation refuses."""

from messaging.conversations.domain import Refusal


class TellsWhatWasRedacted(Refusal):
    """The message was delivered without contact data, and its translation holds some."""
