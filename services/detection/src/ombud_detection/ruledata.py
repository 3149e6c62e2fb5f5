"""Reads the rule files shipped with the package. It checks shape, not sense; a broken rule file stops the process at start."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

Table = Mapping[str, object]


class BrokenRuleFile(ValueError):
    """A rule file does not have the shape its reader needs; the message names the file and the key."""


@cache
def rule_file(name: str) -> Table:
    """Return the parsed rule file `name` (for example `policy.toml`)."""
    return tomllib.loads(resources.files("ombud_detection.rules").joinpath(name).read_text(encoding="utf-8"))


def lexicon_files() -> Iterator[tuple[str, Table]]:
    """Yield (file name, table) of every lexicon, in name order: adding a language is adding a file."""
    folder = resources.files("ombud_detection.rules").joinpath("lexicon")
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            yield entry.name, rule_file(f"lexicon/{entry.name}")


def table_of(holder: Table, key: str) -> Table:
    """Return the sub-table `key`, or an empty one when it is absent."""
    value = holder.get(key, {})
    if not isinstance(value, dict):
        raise BrokenRuleFile(f"{key} must be a table")
    return value


def tables_of(holder: Table, key: str) -> list[Table]:
    """Return the list of tables `key`, or an empty list."""
    value = holder.get(key, [])
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        raise BrokenRuleFile(f"{key} must be a list of tables")
    return value


def words_of(holder: Table, key: str) -> tuple[str, ...]:
    """Return the list of strings `key`, or an empty one."""
    value = holder.get(key, [])
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise BrokenRuleFile(f"{key} must be a list of strings")
    return tuple(value)


def text_of(holder: Table, key: str, default: str | None = None) -> str:
    """Return the string `key`; `default` when absent, an error when there is none."""
    value = holder.get(key, default)
    if not isinstance(value, str):
        raise BrokenRuleFile(f"{key} must be a string")
    return value


def number_of(holder: Table, key: str, default: float | None = None) -> float:
    """Return the number `key`; `default` when absent, an error when there is none."""
    value = holder.get(key, default)
    if not isinstance(value, int | float):
        raise BrokenRuleFile(f"{key} must be a number")
    return value
