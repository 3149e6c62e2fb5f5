"""Where an issuer writes what we ask of a token, and how it names our roles and markets. Verifies nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_PART = re.compile(r'"((?:[^"\\]|\\.)+)"|([^."]+)')
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\"]+")


class OddClaim(ValueError):
    """A claim is there, and is not what it must be."""


@dataclass(frozen=True, slots=True)
class ClaimPath:
    """The keys that lead from a token's claims to one of them."""

    keys: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "ClaimPath":
        """Read a path: keys with dots between them, `realm_access.roles`. Raises ValueError.

        A URI is one key (`https://ombud.example/roles`; RFC 7519, 4.2). Any other key that has dots in it, or a URI that
        further keys follow, stands in quotation marks: `resource_access."ombud.api".roles`.
        """
        if _URI.fullmatch(text):
            return cls((text,))
        keys, at = [], 0
        while part := _PART.match(text, at):
            keys.append(re.sub(r"\\(.)", r"\1", part[1]) if part[1] else part[2])
            at = part.end()
            if at == len(text):
                return cls(tuple(keys))
            if text[at] != ".":
                break
            at += 1
        raise ValueError(
            'a path is keys with dots between them; a key that has dots stands in quotation marks, a."b.c".d'
        )

    def names(self, claims: Mapping[str, Any]) -> list[str] | None:
        """Return what the token names there, one text or a list; None when it says nothing. Raises OddClaim."""
        found: object = claims
        for key in self.keys:
            if not isinstance(found, Mapping):
                raise OddClaim
            if key not in found:
                return None
            found = found[key]
        if found is None:
            return None
        named = found if isinstance(found, list) else [found]
        texts = [name for name in named if isinstance(name, str)]
        if len(texts) < len(named):
            raise OddClaim
        return texts


@dataclass(frozen=True, slots=True)
class Naming:
    """Where one thing is named, and what the issuer's names for it mean."""

    path: ClaimPath
    meant: Mapping[str, str] = field(default_factory=dict)
    """The issuer's name → ours. Empty: the names are ours. Otherwise no other name counts."""

    def ours(self, claims: Mapping[str, Any]) -> list[str] | None:
        """Return our names for what the token names; None when it names nothing at all. Raises OddClaim."""
        named = self.path.names(claims)
        if named is None or not self.meant:
            return named
        return list(dict.fromkeys(ours for theirs, ours in self.meant.items() if theirs in named))
