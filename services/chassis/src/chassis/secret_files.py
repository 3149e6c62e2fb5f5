"""Secrets from files: `OMBUD_X_FILE` names a file that holds what `OMBUD_X` would say, as a mounted secret does."""

import os
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource, SettingsError

_MOST_BYTES = 65_536


class SecretFiles(PydanticBaseSettingsSource):
    """Reads each secret whose file is named. Raises SettingsError when one cannot be read, or is given twice."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the content of a secret's file without the newline at its end."""
        named = f"{self.config['env_prefix']}{field_name}".upper()
        path = os.environ.get(f"{named}_FILE")
        if field.annotation is not SecretStr or not path:
            return None, field_name, False
        if named in os.environ:
            raise SettingsError(f"{named} and {named}_FILE are both set: keep one")
        return _content(Path(path), f"{named}_FILE"), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return the secrets that come from files."""
        found = {name: self.get_field_value(f, name)[0] for name, f in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def _content(path: Path, named: str) -> str:
    try:
        raw = path.read_bytes()
        if len(raw) > _MOST_BYTES:
            raise SettingsError(f"{named} names a file of {len(raw)} bytes: that is no secret")
        text = raw.decode().rstrip("\r\n")
    except OSError as error:
        raise SettingsError(f"{named} names a file that cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{named} names a file that is not text") from None
    if not text:
        raise SettingsError(f"{named} names a file that is empty")
    return text
