"""Elapsed working time of many spans at once, for reports: plain Python on datetimes, numpy on `datetime64` arrays.

numpy is used only when it is installed; the results are those of the single call, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from math import gcd
from operator import attrgetter
from typing import TYPE_CHECKING, cast, overload

from sla_monitor.working_time.domain.microseconds import SECOND, NaiveInstant
from sla_monitor.working_time.domain.open_time import OpenTime, Table
from sla_monitor.working_time.domain.refusal import SlaRefused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Micros = NDArray[np.int64]

_CHUNK = 1 << 15
"""Spans worked on together: their arrays stay in the processor's cache."""
_FEW = 512
"""Below this many spans the plain loop is as fast."""
_FINEST_GRID = 60 * SECOND
_MOST_CELLS = 1 << 21
_ZONE = attrgetter("tzinfo")


class BatchRefused(SlaRefused):
    """The batch cannot be computed as given."""


@overload
def elapsed_many(open_time: OpenTime, starts: Sequence[datetime], ends: Sequence[datetime]) -> list[float]: ...
@overload
def elapsed_many(
    open_time: OpenTime, starts: NDArray[np.datetime64], ends: NDArray[np.datetime64]
) -> NDArray[np.float64]: ...
def elapsed_many(
    open_time: OpenTime,
    starts: Sequence[datetime] | NDArray[np.datetime64],
    ends: Sequence[datetime] | NDArray[np.datetime64],
) -> list[float] | NDArray[np.float64]:
    """Counted seconds of each span, negative when reversed, as `OpenTime.elapsed` gives them one by one.

    Two sequences of aware datetimes give a list; two numpy `datetime64` arrays (read as UTC) give an array of float64.
    Raises BatchRefused when the lengths differ or an array holds something else.
    """
    if len(starts) != len(ends):
        raise BatchRefused(f"{len(starts)} starts and {len(ends)} ends")
    if not isinstance(starts, Sequence) and not isinstance(ends, Sequence):
        return _of_arrays(open_time, _as_micros(starts), _as_micros(ends))
    if isinstance(starts, Sequence) and isinstance(ends, Sequence):
        if len(starts) < _FEW or not _has_numpy():
            return list(map(open_time.elapsed, starts, ends))
        return cast("list[float]", _of_arrays(open_time, _read(starts), _read(ends)).tolist())
    raise BatchRefused("starts and ends are both sequences of datetimes or both arrays")


@cache
def _has_numpy() -> bool:
    return find_spec("numpy") is not None


def _as_micros(values: NDArray[np.datetime64]) -> Micros:
    import numpy as np

    if values.dtype.kind != "M":
        raise BatchRefused("an array of instants has dtype datetime64")
    if np.isnat(values).any():
        raise BatchRefused("an array of instants has no NaT")
    return values.astype("datetime64[us]", copy=False).view(np.int64)


def _read(instants: Sequence[datetime]) -> Micros:
    """Microseconds of aware datetimes; a float second is exact to the microsecond in the supported years."""
    import numpy as np

    if None in set(map(_ZONE, instants)):
        raise NaiveInstant("an instant needs a time zone or offset")
    seconds = np.fromiter(map(datetime.timestamp, instants), dtype=np.float64, count=len(instants))
    return np.rint(seconds * SECOND).astype(np.int64)


def _of_arrays(open_time: OpenTime, starts: Micros, ends: Micros) -> NDArray[np.float64]:
    import numpy as np

    seconds = np.empty(len(starts), dtype=np.float64)
    if not len(starts):
        return seconds
    low, high = min(starts.min(), ends.min()), max(starts.max(), ends.max())
    counting = _counting(open_time.compiled(int(low), int(high)), int(low), int(high))
    for at in range(0, len(starts), _CHUNK):
        part = slice(at, at + _CHUNK)
        np.divide(counting(ends[part]) - counting(starts[part]), SECOND, out=seconds[part])
    return seconds


class _Bisected:
    """Counted time by binary search; for calendars that open or close at odd seconds."""

    def __init__(self, table: Table) -> None:
        import numpy as np

        self._points = np.array(table.points, dtype=np.int64)
        self._offsets = np.array(table.offsets, dtype=np.int64)

    def __call__(self, at: Micros) -> Micros:
        k = self._points.searchsorted(at, side="right")
        return self._offsets[k] + at * (k & 1)


class _Gridded:
    """Counted time by direct look-up: every cell of a regular grid is wholly open or wholly closed.

    The grid begins up to a cell before the `first` instant; what opens or closes there is not on it.
    """

    def __init__(self, table: Table, low: int, cells: int, width: int, first: int) -> None:
        import numpy as np

        self._low = low
        self._width = width
        edges = np.maximum(low + width * np.arange(cells, dtype=np.int64), first)
        k = np.searchsorted(np.array(table.points, dtype=np.int64), edges, side="right")
        self._open = (k & 1).astype(np.int64)
        self._offsets = np.array(table.offsets, dtype=np.int64)[k]

    def __call__(self, at: Micros) -> Micros:
        cell = (at - self._low) // self._width
        counted = self._open.take(cell)
        counted *= at
        counted += self._offsets.take(cell)
        return counted


def _counting(table: Table, low: int, high: int) -> _Gridded | _Bisected:
    inside = [point for point in table.points if low <= point <= high]
    width = gcd(*(later - earlier for earlier, later in pairwise(inside)))
    if len(inside) < 2 or width < _FINEST_GRID:
        return _Bisected(table)
    start = inside[0] - width * ((inside[0] - low) // width + 1)
    cells = (high - start) // width + 1
    return _Gridded(table, start, cells, width, low) if cells <= _MOST_CELLS else _Bisected(table)
