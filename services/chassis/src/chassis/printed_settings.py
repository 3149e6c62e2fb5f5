"""What a process would run with (`python -m ticketing --print-config`): every setting, its value, and where that comes from.

Secrets are shown as set or not set, and nothing of what they hold.
"""

import os
from collections.abc import Iterator

from pydantic import SecretStr
from pydantic_settings import BaseSettings
from rich.console import Console
from rich.table import Table


def print_settings(settings: BaseSettings, console: Console) -> None:
    """Print a line for each setting."""
    table = Table(box=None, pad_edge=False)
    for column in ("setting", "value", "from"):
        table.add_column(column, overflow="fold")
    for row in rows_of(settings):
        table.add_row(*row)
    console.print(table, markup=False, highlight=False)


def rows_of(settings: BaseSettings) -> Iterator[tuple[str, str, str]]:
    """Yield the name, the value as it may be shown, and the source of each setting."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        yield f"OMBUD_{name.upper()}", _shown(value), _source(f"OMBUD_{name.upper()}", isinstance(value, SecretStr))


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "(set, not shown)" if value.get_secret_value() else "(not set)"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _source(name: str, secret: bool) -> str:
    if secret and os.environ.get(f"{name}_FILE"):
        return f"file {os.environ[f'{name}_FILE']} ({name}_FILE)"
    return "environment" if name in os.environ else "default"
