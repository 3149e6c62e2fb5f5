"""Messaging's own settings."""

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from chassis.sealing import sealing_keys
from chassis.settings import Settings
from ombud_files.ocr import available


class MessagingSettings(Settings):
    """What messaging needs beside the common settings."""

    sealing_keys: SecretStr = SecretStr("")
    """Fernet keys that wrap the conversations' keys, comma separated, the current one first. Required in production."""

    attachment_bytes: int = Field(default=10_485_760, ge=1024, le=104_857_600)
    """How long one file may be."""
    attachments_per_message: int = Field(default=5, ge=1, le=20)
    attachment_bytes_per_message: int = Field(default=26_214_400, ge=1024)
    """How long the files of one message may be together."""
    attachments_unsent: int = Field(default=20, ge=1, le=1000)
    """How many files of one person may wait to be sent."""
    attachment_uploads_at_once: int = Field(default=32, ge=1, le=1000)
    """Per replica; each takes up to `attachment_bytes` of temporary disk space."""
    attachment_upload_seconds: float = Field(default=300.0, gt=0)
    attachment_checks_at_once: int = Field(default=2, ge=1, le=64)
    """Processes per replica that open files."""
    attachment_check_seconds: int = Field(default=20, ge=1, le=300)
    attachment_check_memory_bytes: int = Field(default=1_500_000_000, ge=500_000_000)
    """Of address space, for one such process. Reading printed words takes more: 3000000000."""
    attachment_link_seconds: int = Field(default=120, ge=1, le=300)
    attachment_words: Literal["", "rapidocr"] = ""
    """What reads printed words in pictures; needs the extra `ombud-files[ocr]`."""

    policy_notice_seconds: float = Field(default=60.0, gt=0)
    """How long before a policy is in force it is published. A replica that has not looked for new ones for half of it
    decides nothing until it has."""
    assignment_seconds: float = Field(default=1_800.0, gt=0)
    """How long a moderator has a message to themselves."""

    @model_validator(mode="after")
    def _need_what_reads_words(self) -> Self:
        if not available(self.attachment_words):
            raise ValueError("attachment_words needs the extra: pip install 'ombud-files[ocr]'")
        return self

    @model_validator(mode="after")
    def _need_sealing_keys(self) -> Self:
        if not sealing_keys(self.sealing_keys.get_secret_value()) and self.env == "production":
            raise ValueError("sealing_keys is missing: messages could not be sealed")
        return self
