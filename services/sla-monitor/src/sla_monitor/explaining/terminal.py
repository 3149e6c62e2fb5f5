"""A clock's trace in a terminal: every stretch with its local times, whether it counted and why, and the sum so far."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sla_monitor.clocks.views import ClockView, RoundView
from sla_monitor.explaining.describe import (
    STRETCHES,
    Stretch,
    StretchSort,
    duration,
    local,
    moments,
    silence_of,
    stretches,
    target_of,
    unknown_holidays,
    verdict_of,
    words,
    zone_of,
)

BAR_CHARACTERS = 60
_LOOKS: dict[StretchSort, tuple[str, str]] = {
    "counted": ("█", "blue"),
    "left": ("▒", "blue"),
    "closed": ("·", "dim"),
    "holiday": ("/", "dim"),
    "paused": ("=", "yellow"),
    "credited": ("o", "yellow"),
    "late": ("x", "red"),
}
"""A character and a colour for each look; the character alone tells them apart."""


def explain(clock: ClockView, console: Console) -> None:
    """Print all rounds of a clock. Raises ZoneInfoNotFoundError."""
    read_at = local(clock.as_of, zone_of(clock))
    console.print(Text(clock.title, style="bold"), Text(f"({clock.kind}, case {clock.case_id})"))
    console.print(Text(f"Local times of {clock.time_zone}; read {read_at}."))
    for round_ in clock.rounds:
        console.print()
        _explain_round(clock, round_, console)
    if not clock.rounds:
        console.print("Nothing was owed yet.")


def _explain_round(clock: ClockView, round_: RoundView, console: Console) -> None:
    zone, trace = zone_of(clock), round_.trace
    head = f"Round {round_.number}, owed by {words(round_.owner)}: {verdict_of(round_)}"
    console.print(Text(head, style="bold red" if round_.verdict in ("BREACHED", "MET_LATE") else "bold"))
    rules = f"calendar {trace.calendar} version {trace.calendar_version}, policy version {round_.policy_version}"
    due = f"Due {local(round_.due_by, zone)}: {target_of(round_)}, {rules}"
    ended = (
        [] if round_.counted_seconds is None else [f"Ended after {duration(round_.counted_seconds)} of counted time"]
    )
    for line in (due, *ended, *unknown_holidays(trace), silence_of(round_)):
        console.print(Text(line))
    console.print(_table(clock, round_))
    for moment in moments(round_, clock.as_of):
        console.print(Text(f"  {local(moment.at, zone)}  {moment.text}"))
    parts = list(stretches(round_, clock.as_of))
    console.print(_bar(parts), _legend(parts), sep="\n")


def _table(clock: ClockView, round_: RoundView) -> Table:
    """The trace as it is: the last sum is the target."""
    zone, total = zone_of(clock), 0
    table = Table(box=None, header_style="dim", padding=(0, 1, 0, 0))
    for name in ("from", "to"):
        table.add_column(name, no_wrap=True)
    for name in ("lasts", "counts", "sum"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("because")
    for segment in round_.trace.segments:
        total += segment.seconds if segment.counted else 0
        table.add_row(
            local(segment.from_at, zone),
            local(segment.to_at, zone),
            _hours(round((segment.to_at - segment.from_at).total_seconds())),
            "yes" if segment.counted else "no",
            _hours(total),
            Text(words(segment.cause)),
            style=_LOOKS[segment.sort][1],
        )
    return table


def _hours(seconds: int) -> str:
    """Hours and minutes, with seconds where there are any."""
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours}:{minutes:02}:{rest:02}" if rest else f"{hours}:{minutes:02}"


def _bar(parts: Sequence[Stretch]) -> Text:
    """The whole time in proportion: cell by cell the look of the instant in its middle."""
    bar = Text()
    begin, whole = parts[0].from_at, parts[-1].to_at - parts[0].from_at
    for cell in range(BAR_CHARACTERS):
        at = begin + whole * (cell + 0.5) / BAR_CHARACTERS
        shown: StretchSort = next((part.sort for part in parts if part.from_at <= at < part.to_at), "closed")
        bar.append(_LOOKS[shown][0], style=_LOOKS[shown][1])
    return bar


def _legend(parts: Iterable[Stretch]) -> Text:
    seen = {part.sort for part in parts}
    return Text("  ".join(f"{_LOOKS[sort][0]} {said}" for sort, said in STRETCHES.items() if sort in seen))
