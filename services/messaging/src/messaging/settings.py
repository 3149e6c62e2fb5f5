"""Messaging's own settings."""

from typing import Self

from pydantic import SecretStr, model_validator

from chassis.settings import Settings


class MessagingSettings(Settings):
    """What messaging needs beside the common settings."""

    sealing_keys: SecretStr = SecretStr("")
    """Fernet keys that wrap the conversations' keys, comma separated, the current one first. Required in production."""

    @model_validator(mode="after")
    def _need_sealing_keys(self) -> Self:
        if self.env == "production" and not self.sealing_keys.get_secret_value():
            raise ValueError("sealing_keys is missing: messages could not be sealed")
        return self
