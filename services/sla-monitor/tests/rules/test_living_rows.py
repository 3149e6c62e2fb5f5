"""Every row is started, satisfied and voided by something that exists, or it is not a row (casework)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest

from sla_monitor.explaining.reference import told_by_events, told_by_staff
from sla_monitor.rules.domain.default_policies import default_rows
from sla_monitor.rules.domain.signal import Signal

pytestmark = pytest.mark.rule("S-5")
CURRENT = default_rows("market", "desk", "2025-01-01T00:00:00+00:00")
TOLD = told_by_events() | told_by_staff()
_BEGINS, _ENDS = ("starts",), ("satisfies",)
_LISTS = (*_BEGINS, *_ENDS, "waives", "voids", "pauses", "resumes", "revokes", "continues", "not_counted")
_GATE_LISTS = ("opened_by", "closed_by")
NOT_TOLD_YET = {
    Signal.CONTACT_PICKED_UP,  # no channel but the thread is carried
    Signal.INFORMATION_RECEIVED,  # the buyer's message answers
    Signal.SELLER_LEFT,  # no event says so
}
"""What rows name beside signals that are told. None of it may be all that begins or ends a row."""


def signals_of(row: Mapping[str, Any], lists: Sequence[str]) -> Iterable[Signal]:
    """The signals in these lists of a row; with all of them those of its gates, too."""
    gates = row.get("gates", []) if lists == _LISTS else []
    for table, names in ((row, lists), *((gate, _GATE_LISTS) for gate in gates)):
        for name in names:
            yield from map(Signal, table.get(name, []))


@pytest.mark.parametrize("row", CURRENT, ids=lambda row: f"{row['kind']}-{row['version']}")
def test_every_signal_of_a_row_is_told_by_an_event_or_by_staff(row: dict[str, object]) -> None:
    """INVARIANT: would break if a row promised what nothing can ever begin or end."""
    assert set(signals_of(row, _LISTS)) <= TOLD | NOT_TOLD_YET


@pytest.mark.parametrize("row", CURRENT, ids=lambda row: f"{row['kind']}-{row['version']}")
def test_every_row_is_begun_and_satisfied_by_something_that_exists(row: dict[str, object]) -> None:
    for lists in (_BEGINS, _ENDS):
        assert set(signals_of(row, lists)) & TOLD


def test_no_signal_that_is_told_or_that_no_row_names_is_excused() -> None:
    assert not TOLD & NOT_TOLD_YET
    assert {signal for row in CURRENT for signal in signals_of(row, _LISTS)} >= NOT_TOLD_YET


def test_every_list_of_signals_of_a_row_is_looked_at() -> None:
    """INVARIANT: would break if rows came to name signals under a key that this test does not know."""
    words = {signal.value for signal in Signal}
    for row in CURRENT:
        named = {key for key, value in row.items() if isinstance(value, list) and words & set(map(str, value))}
        assert named <= set(_LISTS)
