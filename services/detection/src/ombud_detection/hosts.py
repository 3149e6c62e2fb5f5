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


def is_local(host: str) -> bool:
    """Tell whether a host is answered by a device at home or by nobody: a router's name, or an ending that is reserved for that."""
    labels = host.removeprefix("www.").split(".")
    tails = (".".join(labels[i:]) for i in range(len(labels)))
    return host.removeprefix("www.") in _named("local") or any(tail in _named("local_endings") for tail in tails)


def is_product(host: str) -> bool:
    """Tell whether a dotted word is known as the name of a product or of a part of a program."""
    return host in _named("products")


def is_package(dotted: str) -> bool:
    """Tell whether a dotted word is built as programs name their parts: com.android.chrome, java.net.SocketException."""
    labels = dotted.split(".")
    if len(labels) < 3 or labels[-1] in spoken_endings():
        return False
    return labels[0] in _named("package_heads") or labels[0] in spoken_endings()


def is_abbreviation(host: str) -> bool:
    """Tell whether a host is a shortened word and the next one, with no blank between them: p.ej.no, inkl.de."""
    *heads, last = host.split(".")
    if last not in word_endings():
        return False
    return heads[-1] in _named("abbreviations") or (len(heads) > 1 and all(len(h) <= 2 and h.isalpha() for h in heads))


@cache
def _named(key: str) -> frozenset[str]:
    return frozenset(words_of(rule_file("hosts.toml"), key))


def mail_providers() -> frozenset[str]:
    """Return the names of mail providers that make an address without an ending."""
    return _named("mail_providers")


@cache
def disguised_provider() -> re.Pattern[str]:
    """Return what matches the name of a mail provider with figures or signs for some of its letters: 0utl00k, gm@il."""
    names = sorted((n for n in mail_providers() if len(n) >= 3 and n.isalpha()), key=len, reverse=True)
    shapes = ("".join(_SHAPES.get(letter, letter) for letter in name) for name in names)
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(shapes)})(?![a-z0-9@])")


def file_endings() -> frozenset[str]:
    return _named("file_endings")


def word_endings() -> frozenset[str]:
    """Return the endings that are also everyday words."""
    return _named("word_endings")


@cache
def _spoken() -> dict[str, str]:
    return {word: str(ending) for word, ending in table_of(rule_file("hosts.toml"), "spoken_endings").items()}


def spoken_endings() -> frozenset[str]:
    """Return the endings people say aloud after "dot"."""
    return _named("spoken")
