"""Disputes' own settings."""

from typing import Self

from pydantic import Field, SecretStr, model_validator

from chassis.sealing import sealing_keys
from chassis.settings import Settings


class DisputesSettings(Settings):
    """What disputes needs beside the common settings."""

    sealing_keys: SecretStr = SecretStr("")
    """Fernet keys that wrap the keys of evidence, comma separated, the current one first. Required in production."""
    evidence_checks_at_once: int = Field(default=2, ge=1, le=64)
    """Processes per replica that open files."""
    evidence_check_seconds: int = Field(default=20, ge=1, le=300)
    evidence_check_memory_bytes: int = Field(default=1_500_000_000, ge=500_000_000)
    """Of address space, for one such process."""

    @model_validator(mode="after")
    def _need_sealing_keys(self) -> Self:
        if not sealing_keys(self.sealing_keys.get_secret_value()) and self.env == "production":
            raise ValueError("sealing_keys is missing: evidence could not be sealed")
        return self
