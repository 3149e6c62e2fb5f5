"""What screens show of attachments."""

from datetime import datetime

from chassis.http import View
from ombud_words import AttachmentId


class AttachmentView(View):
    """A file of a message as the reader may see it."""

    attachment_id: AttachmentId
    file_name: str | None
    """None when it was erased."""
    media_type: str
    size_bytes: int
    withheld: bool
    """The message was delivered without it."""


class UploadedView(View):
    """A file that waits to be sent with a message, until its uploader sends it or a day has passed."""

    attachment_id: AttachmentId
    file_name: str
    """As it is kept: with the ending of what the file is."""
    media_type: str
    size_bytes: int
    sha256: str
    """Of the file as it is kept."""
    original_sha256: str
    """Of the file as it came."""
    send_by: datetime


class LinkView(View):
    """Where one reader gets one file, for a short time."""

    url: str
    """Relative to the service; asks for the same access token."""
    expires_at: datetime
