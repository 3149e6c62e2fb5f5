"""docs/reasons.md: what each reason of a case means, from the default rows."""

from collections.abc import Iterable

from ombud_contracts.reasons import ReasonRow, ReasonTable, Window
from ombud_words import Counterpart

_HEAD = """# Reasons

Written from `contracts/src/ombud_contracts/reasons.toml` by `make docs`; do not edit. A row says who answers a contact, how
long a line can be complained about, what has to be shown, and how it can end. A market writes the fields that differ, as
`[reasons.LATE]` in its file, and for a product category as `[reasons.categories.phones.LATE]`; `priorities` of a market says from which
value on money is at risk. A row that cannot hold is refused when the markets are read.

Of several windows the longest counts, the seller's own terms included. A reason without remedies cannot be disputed. A fact of the
fast track ends a negotiation only when somebody shows it who can: a party's upload is a party's upload, whatever it is called.

"""
_COLUMNS = (
    "reason",
    "tree",
    "asked by",
    "counterpart",
    "family",
    "about",
    "window",
    "required evidence",
    "fast track needs",
    "remedies",
    "priority",
)


def reasons_reference() -> str:
    """Return the document."""
    table = ReasonTable.model_validate(ReasonTable.written({}))
    lines = [_line(_COLUMNS), _line("---" for _ in _COLUMNS)]
    lines += [_line(_cells(reason, row)) for reason, row in table.rows.items()]
    return _HEAD + "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(reason: str, row: ReasonRow) -> Iterable[str]:
    yield f"`{reason}`"
    yield " → ".join(row.tree)
    yield ", ".join(row.asked_by)
    yield row.counterpart
    yield row.family
    yield _matters(row)
    yield _window(row.window) if row.window else "–"
    yield _kinds(row.required_evidence)
    yield _kinds(row.fast_track, " or ")
    yield ", ".join(row.remedies) or "–"
    yield str(row.base_priority)


def _matters(row: ReasonRow) -> str:
    named = _kinds(row.matters, " or ")
    return named if row.counterpart == Counterpart.SELLER else f"{named} or nothing"


def _kinds(kinds: Iterable[str], joined: str = ", ") -> str:
    return joined.join(kind.replace("|", " or ").replace("_", " ") for kind in kinds) or "–"


def _window(window: Window) -> str:
    begin = {"promised": "promised date", "delivery": "delivery", "purchase": "purchase"}[window.begins]
    lasts = [f"{window.days} days"] if window.days else []
    lasts += [f"{window.months} months"] if window.months else []
    lasts += [f"{right} rights" for right in window.rights]
    return f"{begin} → {', '.join(lasts)}"
