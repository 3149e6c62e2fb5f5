"""When a seller last opened the list of owed replies, and how far each person has read a conversation: pure."""

from messaging.discussions.domain.check_in import CheckDiscussions
from messaging.discussions.domain.read_mark import MarkRead

__all__ = ["CheckDiscussions", "MarkRead"]
