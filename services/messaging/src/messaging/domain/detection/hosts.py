"""Hosts: which endings exist (the public suffix list shipped with `tldextract`), which hosts are the platform's own. Nothing is looked up."""

import re
from functools import cache

import tldextract

from .ruledata import rule_file, table_of, words_of

_SHAPES = {
    "a": "[a4@]",
    "b": "[b8]",
    "e": "[e3]",
    "g": "[g9]",
    "i": "[i1!|]",
    "l": "[l1|]",
    "o": "[o0]",
    "s": "[s5$]",
    "t": "[t7+]",
}


@cache
def endings() -> frozenset[str]:
    """Return every top-level ending of the public suffix list, in lower case."""
    extractor = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    return frozenset(suffix for suffix in extractor.tlds if "." not in suffix)


@cache
def _suffixes() -> frozenset[str]:
    extractor = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    return frozenset(extractor.tlds)


def is_ending(label: str) -> bool:
    """Tell whether a label is a top-level ending; a spoken one ("ру") counts."""
    return label in endings() or label in _spoken()


def spoken_ending(word: str) -> str | None:
    """Return the ending a word of another script stands for, or None."""
    return _spoken().get(word)


def is_public_suffix(host: str) -> bool:
    """Tell whether the whole host is only an ending, as `co.uk` is."""
    return host in _suffixes()


def is_own(host: str) -> bool:
    """Tell whether a host is the platform's own, or below one."""
    return any(host == own or host.endswith("." + own) for own in words_of(rule_file("hosts.toml"), "own"))


@cache
def mail_providers() -> frozenset[str]:
    """Return the names of mail providers that make an address without an ending."""
    return frozenset(words_of(rule_file("hosts.toml"), "mail_providers"))


@cache
def disguised_provider() -> re.Pattern[str]:
    """Return what matches the name of a mail provider with figures or signs for some of its letters: 0utl00k, gm@il."""
    names = sorted((n for n in mail_providers() if len(n) >= 3 and n.isalpha()), key=len, reverse=True)
    shapes = ("".join(_SHAPES.get(letter, letter) for letter in name) for name in names)
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(shapes)})(?![a-z0-9@])")


@cache
def file_endings() -> frozenset[str]:
    return frozenset(words_of(rule_file("hosts.toml"), "file_endings"))


@cache
def word_endings() -> frozenset[str]:
    """Return the endings that are also everyday words."""
    return frozenset(words_of(rule_file("hosts.toml"), "word_endings"))


@cache
def _spoken() -> dict[str, str]:
    return {word: str(ending) for word, ending in table_of(rule_file("hosts.toml"), "spoken_endings").items()}


@cache
def spoken_endings() -> frozenset[str]:
    """Return the endings people say aloud after "dot"."""
    return frozenset(words_of(rule_file("hosts.toml"), "spoken"))
