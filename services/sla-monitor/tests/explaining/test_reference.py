"""The table of clocks: every row says what happens on silence, and every signal says who tells it."""

import re
from collections.abc import Iterator

import pytest

from ombud_contracts.market import load_markets
from ombud_words import CARRIED_OUT_BY, Silence
from sla_monitor.explaining.reference import clocks_reference, state_picture, told_by_events, told_by_staff
from sla_monitor.rules.domain.policy import ClockPolicy
from sla_monitor.rules.domain.signal import Signal
from sla_monitor.rules.market_files import versions_of
from sla_monitor.rules.versions import read_rules

MARKETS = load_markets()


def rows() -> Iterator[tuple[str, ClockPolicy]]:
    for market, rules in read_rules(v for m in MARKETS.values() for v in versions_of(m)).items():
        yield from ((market, row) for row in rules.policies.rows)


ROWS = list(rows())
DOCUMENT = clocks_reference(MARKETS)


def test_the_rows_of_every_market_are_walked() -> None:
    assert {market for market, _ in ROWS} == set(MARKETS) >= {"lv", "pt", "de", "es"}
    assert len({row.kind for _, row in ROWS}) >= 28


@pytest.mark.rule("R-34")
@pytest.mark.parametrize(("market", "row"), ROWS, ids=lambda value: str(getattr(value, "kind", value)))
def test_every_pending_action_names_what_happens_on_silence(market: str, row: ClockPolicy) -> None:
    """INVARIANT: R-34; would break if a clock could run out without anybody knowing what follows."""
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", row.on_silence), f"{market} {row.kind}: a machine-readable word"
    section = DOCUMENT.partition(f"### {row.title}\n")[2].partition("### ")[0]
    by = CARRIED_OUT_BY.get(Silence(row.on_silence))
    follows = f"carried out by {by}" if by else "shown only"
    assert f"**If nobody acts:** {row.on_silence.replace('_', ' ')}, {follows}." in section
    assert f"`{row.kind}`, one for each {row.about}, owed by {row.owner}." in section


def sources() -> dict[str, set[str]]:
    """Signals by who tells them, as the document says."""
    found = {}
    for line in DOCUMENT.splitlines():
        if line.startswith("- **By "):
            who = line.partition(":**")[0]
            found[who] = set(re.findall(r"`(\w+)`", line))
    return found


@pytest.mark.parametrize(("market", "row"), ROWS, ids=lambda value: str(getattr(value, "kind", value)))
def test_every_signal_of_a_row_is_told_by_events_or_by_staff_or_named_as_told_by_nothing_yet(
    market: str, row: ClockPolicy
) -> None:
    """INVARIANT: no row waits for something in silence; would break if a row named a signal that nothing tells."""
    told = {signal.value for signal in told_by_events() | told_by_staff()}
    nothing = sources()["- **By nothing yet"]
    unknown = {signal.value for signal in row.heard} - told - nothing
    assert not unknown, f"{market} {row.kind}"
    assert not nothing & told


def test_the_sources_of_signals_are_read_from_the_code_that_tells_them() -> None:
    assert {Signal.BUYER_MESSAGE, Signal.CASE_CLOSED, Signal.CHARGE_NOTIFIED} <= told_by_events()
    assert {Signal.PAUSED_BY_STAFF, Signal.PAUSE_EXTENDED, Signal.RESUMED_BY_STAFF} <= told_by_staff()
    assert Signal.DELIVERY_PROMISED in told_by_events()
    assert Signal.ABSENCE_REQUESTED not in told_by_events() | told_by_staff()


@pytest.mark.parametrize(("market", "row"), ROWS, ids=lambda value: str(getattr(value, "kind", value)))
def test_the_picture_of_states_has_every_signal_of_its_row(market: str, row: ClockPolicy) -> None:
    lines = list(state_picture(row))
    assert all(re.fullmatch(r"(\[\*\]|[A-Z_]+) --> (\[\*\]|[A-Z_]+): [^:;]+", line) for line in lines), market
    drawn = " ".join(lines)
    gates = frozenset[Signal]().union(*(gate.closed_by for gate in row.gates))
    shown = row.starts | row.satisfies | row.pauses | row.resumes | row.waives | row.revokes | row.continues
    assert all(signal.value in drawn for signal in shown | row.voids | gates)
    assert ("PAUSED" in drawn, "WAIVED" in drawn) == (bool(row.pauses), bool(row.waives))
    assert lines[-1].endswith(row.on_silence.replace("_", " "))
