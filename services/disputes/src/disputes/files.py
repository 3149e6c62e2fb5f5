"""What may be submitted as evidence, told by content and never by name (section 5)."""

import filetype  # type: ignore[import-untyped]

from disputes.domain.refusals import UnsupportedEvidence

ACCEPTED = ("image/jpeg", "image/png", "image/webp", "application/pdf", "video/mp4")


def media_type_of(content: bytes) -> str:
    """Return the media type of an accepted file or statement. Raises UnsupportedEvidence."""
    kind = filetype.guess(content)
    if kind is not None and kind.mime in ACCEPTED:
        return str(kind.mime)
    if kind is None and _is_statement(content):
        return "text/plain; charset=utf-8"
    raise UnsupportedEvidence(f"accepted are statements as plain text, and {', '.join(ACCEPTED)}")


def _is_statement(content: bytes) -> bool:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    return not text.lstrip().startswith("<") and all(c.isprintable() or c in "\r\n\t" for c in text)
