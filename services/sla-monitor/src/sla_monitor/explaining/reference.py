"""docs/clocks.md, written from the rows: every clock, its states, what happens on silence, and who tells each signal."""

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

from ombud_contracts.market import Market
from ombud_words import CARRIED_OUT_BY, Silence
from sla_monitor.adjustments.domain import fact_of
from sla_monitor.clocks.domain import fact_of_order
from sla_monitor.clocks.message_facts import of_message
from sla_monitor.clocks.order_lines import of_lines
from sla_monitor.clocks.translation import facts_of
from sla_monitor.explaining.describe import duration, words
from sla_monitor.rules.domain import FOR_EVERY_CLOCK, UNDOES, ClockPolicy, Signal, default_rows, read_policy
from sla_monitor.rules.market_files import DESK, FIRST_RULES

_DAY = 86_400
_TOLD_BY_STAFF = (fact_of_order, fact_of)
"""Of the modules that make the facts which staff tell, one function each."""
_HEAD = """# Clocks

Written from the rows of the policy table by `make docs`; do not edit. A row says what starts, pauses and ends a clock and
what happens when its owner stays silent, and what each of its clocks is about; a market overrides fields of a row, or adds rows, in its file
([how](sla-monitor.md#publishing-a-policy)). Lengths are counted in the row's mode: a day of
`working_days` is 24 h on working days.
"""


def clocks_reference(markets: Mapping[str, Market]) -> str:
    """Return the document for the default rows, and what the markets change."""
    rows = [read_policy(row) for row in default_rows("market", DESK, FIRST_RULES)]
    parts = [
        _HEAD,
        "## All clocks\n",
        *_overview(rows),
        "\n## What markets change\n",
        *_changes(markets),
        "\n## Who tells the signals\n",
        *_signal_sources(rows),
        "\n## Each clock\n",
        *(line for row in rows for line in _section(row)),
    ]
    return "\n".join(parts) + "\n"


@cache
def told_by_events() -> frozenset[Signal]:
    """Signals that the consumed topics can tell: those that the translation names."""
    return frozenset(s for function in (facts_of, of_message, of_lines) for s in _signals_in(_module_of(function)))


@cache
def told_by_staff() -> frozenset[Signal]:
    """Signals that staff tell over HTTP: those of the facts that these modules make."""
    calls = (node for function in _TOLD_BY_STAFF for node in ast.walk(_module_of(function)))
    facts = (c for c in calls if isinstance(c, ast.Call) and isinstance(c.func, ast.Name) and c.func.id == "Fact")
    return frozenset(signal for fact in facts for signal in _signals_in(fact))


def _module_of(function: Callable[..., object]) -> ast.Module:
    module = inspect.getmodule(function)
    assert module is not None, "a function of a module"
    return ast.parse(inspect.getsource(module))


def _signals_in(tree: ast.AST) -> Iterator[Signal]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Signal":
            yield Signal[node.attr]


def _overview(rows: Iterable[ClockPolicy]) -> Iterator[str]:
    yield "| clock | what is owed | owner | target | mode, calendar | warnings | floor | grace | on silence |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for row in rows:
        given = ", unless the start names the deadline" if row.deadline_given else ""
        cells = (
            f"[`{row.kind}`](#{_anchor(row.title)})",
            row.title,
            row.owner,
            f"{_length(row.target_seconds)}{given}",
            f"{row.mode}, {row.calendar}",
            _warnings(row),
            _length(row.floor_seconds),
            _length(row.grace_seconds),
            words(row.on_silence),
        )
        yield f"| {' | '.join(cells)} |"


def _warnings(row: ClockPolicy) -> str:
    reminders = [f"{days} d before" for days in row.reminder_days]
    return ", ".join([*(f"{percent} %" for percent in row.warnings_percent), *reminders]) or "–"


def _anchor(heading: str) -> str:
    """Where a heading is linked to."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _length(seconds: int) -> str:
    if not seconds:
        return "–"
    return duration(seconds) if seconds % _DAY else f"{seconds // _DAY} d"


def _changes(markets: Mapping[str, Market]) -> Iterator[str]:
    for name, market in sorted(markets.items()):
        changed = [dict(row) for row in market.clocks.rows]
        if not changed:
            yield f"- `{name}`: nothing."
        for row in changed:
            fields = ", ".join(f"{field} = {value}" for field, value in sorted(row.items()) if field != "kind")
            yield f"- `{name}`, `{row.get('kind')}`: {fields}."


def _signal_sources(rows: Sequence[ClockPolicy]) -> Iterator[str]:
    heard = {signal for row in rows for signal in row.heard} | {Signal.PAUSE_EXTENDED}
    events, staff = told_by_events() & heard, told_by_staff() & heard
    yield f"- **By events of other services:** {_codes(events)}."
    yield f"- **By staff, over HTTP:** {_codes(staff - events)}."
    yield f"- **By nothing yet:** {_codes(heard - events - staff)}. Rows hear them; no service tells them today."
    yield ""
    yield f"Every clock hears {_codes(FOR_EVERY_CLOCK)}, with one meaning for all."
    yield ""
    taken_back = ", ".join(f"`{undo}` undoes `{what}`" for undo, what in UNDOES.items())
    yield f"What is taken back counts as if it had not been, in every row that hears it: {taken_back}."
    idle = [row.kind for row in rows if not row.starts & (events | staff)]
    yield ""
    yield f"Clocks that nothing starts today: {', '.join(f'`{kind}`' for kind in idle) or 'none'}."


def _codes(signals: Iterable[Signal]) -> str:
    return ", ".join(f"`{signal}`" for signal in sorted(signals)) or "none"


def _section(row: ClockPolicy) -> Iterator[str]:
    yield f"### {row.title}\n"
    yield f"`{row.kind}`, one for each {row.about}, owed by {row.owner}. **If nobody acts:** {_silence(row)}.\n"
    yield from (f"After `{signal}` it is owed by {owner}.\n" for signal, owner in row.owner_moves)
    yield from _signal_table(row)
    yield "\n```mermaid\nstateDiagram-v2"
    yield from (f"    {line}" for line in state_picture(row))
    yield "```\n"


def _silence(row: ClockPolicy) -> str:
    by = CARRIED_OUT_BY.get(Silence(row.on_silence))
    return f"{words(row.on_silence)}, {f'carried out by {by}' if by else 'shown only'}"


def _signal_table(row: ClockPolicy) -> Iterator[str]:
    cap = f" (together at most {_length(row.pause_cap_seconds or 0)})"
    closed = frozenset[Signal]().union(*(gate.closed_by for gate in row.gates))
    opened = frozenset[Signal]().union(*(gate.opened_by for gate in row.gates))
    named = (
        ("starts", row.starts),
        ("satisfies", row.satisfies),
        ("is recorded, without effect", row.not_counted),
        (f"pauses{cap}", row.pauses),
        ("resumes", row.resumes),
        ("waives", row.waives),
        ("revokes the waiver", row.revokes),
        ("continues what was met", row.continues),
        ("voids", row.voids),
        ("voids, and keeps it from starting", closed),
        ("lets it start again", opened),
    )
    yield "| effect | signals |\n|---|---|"
    yield from (f"| {effect} | {_codes(signals)} |" for effect, signals in named if signals)


def state_picture(row: ClockPolicy) -> Iterator[str]:
    """The lines of a Mermaid state diagram of a row. What ends a running round ends a paused one too."""
    ends = row.voids.union(*(gate.closed_by for gate in row.gates))
    floor = f", at least {_length(row.floor_seconds)} left" if row.floor_seconds else ""
    yield f"[*] --> RUNNING: {_names(row.starts)}"
    yield f"RUNNING --> MET: {_names(row.satisfies)}"
    if row.pauses:
        yield f"RUNNING --> PAUSED: {_names(row.pauses)}"
        yield f"PAUSED --> RUNNING: {_names(row.resumes)}, or after {_length(row.pause_cap_seconds or 0)}"
    if row.waives:
        yield f"RUNNING --> WAIVED: {_names(row.waives)}"
    if row.revokes:
        yield f"WAIVED --> RUNNING: {_names(row.revokes)}{floor}"
    if row.continues:
        yield f"MET --> RUNNING: {_names(row.continues)}{floor}"
    if ends:
        yield f"RUNNING --> VOID: {_names(ends)}"
    yield "RUNNING --> BREACHED: the deadline passes"
    yield f"BREACHED --> MET_LATE: {_names(row.satisfies)}"
    grace = f"after {_length(row.grace_seconds)} more, " if row.grace_seconds else ""
    yield f"BREACHED --> [*]: {grace}{words(row.on_silence)}"


def _names(signals: Iterable[Signal]) -> str:
    return ", ".join(sorted(signals))
