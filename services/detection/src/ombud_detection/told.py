"""What an author is told when something is not delivered, in their language; English where a language has no text."""

from collections.abc import Mapping

from .ruledata import Table, rule_file, table_of


def told(name: str, language: str) -> Mapping[str, str]:
    """Return the texts of `advice` or `places` in a language, by what they are about."""
    texts: Table = rule_file(f"{name}.toml")
    return {key: str(text) for key, text in (table_of(texts, language) or table_of(texts, "en")).items()}
