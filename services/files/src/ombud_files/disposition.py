"""The file name in a Content-Disposition header (RFC 6266), as browsers and telephones send it."""

import re
from urllib.parse import unquote_to_bytes

_PARAMETER = re.compile(r""";\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))""", re.DOTALL)
_EXTENDED = re.compile(r"([\w!#$%&+^`{}~-]+)'[\w-]*'((?:[\w!#$&+.^`|~-]|%[0-9A-Fa-f]{2})*)", re.ASCII)
_CHARSETS = {"utf-8": "utf-8", "iso-8859-1": "latin-1"}
"""Those that a recipient must know (RFC 5987, 3.2.1)."""


def file_name(header: str) -> str | None:
    """Return the file name that a header gives, or None. `filename*` wins over `filename`, wherever it stands (4.3)."""
    told: dict[str, str] = {}
    for name, quoted, token in _PARAMETER.findall(header.replace("\r", " ").replace("\n", " ")):
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted else token.strip()
        told.setdefault(name.lower(), value)
    extended = _extended(told["filename*"]) if "filename*" in told else None
    return extended or _in_utf8(told.get("filename", "")) or None


def _extended(value: str) -> str | None:
    """Return what an extended value says (RFC 8187, 3.2.1), or None when it is not one."""
    found = _EXTENDED.fullmatch(value)
    charset = _CHARSETS.get(found[1].lower()) if found else None
    if found is None or charset is None:
        return None
    try:
        return unquote_to_bytes(found[2]).decode(charset)
    except UnicodeDecodeError:
        return None


def _in_utf8(value: str) -> str:
    """Return a plain value as its sender wrote it: headers arrive as ISO 8859-1, and clients send UTF-8 in them."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value
