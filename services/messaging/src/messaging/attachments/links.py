"""Links to files: signed, for one reader and one file, and valid for a few minutes."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from chassis.auth import Actor
from ombud_words import AttachmentId, MessageId

_SALT = "messaging.attachment-links"


@dataclass(frozen=True, slots=True)
class Target:
    """What a link leads to."""

    message_id: MessageId
    attachment_id: AttachmentId


class Links:
    """Makes links and reads them."""

    def __init__(self, key: str, valid_seconds: int, now: Callable[[], datetime]) -> None:
        """The key is the same on every replica."""
        self._signer = URLSafeSerializer(
            key, salt=_SALT, signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
        )
        self._valid = timedelta(seconds=valid_seconds)
        self._now = now

    def token(self, target: Target, reader: Actor) -> tuple[str, datetime]:
        """Return a token for a reader, and when it ends (whole seconds)."""
        expires_at = (self._now() + self._valid).replace(microsecond=0)
        content = [target.message_id, target.attachment_id, _digest(reader), int(expires_at.timestamp())]
        return str(self._signer.dumps(content)), expires_at

    def target(self, token: str, reader: Actor) -> Target | None:
        """Return what a token leads to, or None when it is made up, over, or somebody else's."""
        try:
            message_id, attachment_id, whose, expires = self._signer.loads(token)
            ended = datetime.fromtimestamp(expires, UTC) <= self._now()
        except (BadData, ValueError, TypeError, OverflowError):
            return None
        return None if ended or whose != _digest(reader) else Target(message_id, attachment_id)


def _digest(reader: Actor) -> str:
    return hashlib.sha256(f"{reader.role}|{reader.id}".encode()).hexdigest()[:32]
