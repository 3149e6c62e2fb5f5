"""Policy rows from plain data (TOML or JSON tables): every row is either readable and safe, or refused with its field."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime

from sla_monitor.rules.domain.policy import (
    USUAL_WARNINGS,
    ClockKind,
    ClockPolicy,
    EffectiveDatesOverlap,
    Gate,
    PauseWithoutCap,
    PolicyUnreadable,
    SilenceWithoutDefault,
    TargetIsZero,
    UnknownSignal,
)
from sla_monitor.rules.domain.signal import Signal
from sla_monitor.rules.domain.subject import About, about_what_begins
from sla_monitor.working_time.domain import CalendarId, Mode, micros, read_mode

_FIELDS = frozenset(field.name for field in fields(ClockPolicy) if field.init)
_NO_LONGER_READ = frozenset({"warns"})
"""Fields of rows that are published for ever and to which nothing answers."""
_SIGNAL_SETS = ("starts", "satisfies", "not_counted", "pauses", "resumes", "waives", "revokes", "continues", "voids")


def read_policy(data: Mapping[str, object]) -> ClockPolicy:
    """Build a row from plain data (TOML or JSON): the fields of ClockPolicy, instants as ISO text or datetime.

    Raises a PolicyRefused that names the kind and the broken field, or UnknownMode.
    """
    kind = data.get("kind")
    if not isinstance(kind, str) or not kind.replace("_", "").isalnum():
        raise PolicyUnreadable("a policy row needs a kind of letters, digits and underscores")
    if unknown := set(data) - _FIELDS - _NO_LONGER_READ:
        raise PolicyUnreadable(f"clock {kind}: {len(unknown)} field(s) are not fields of a policy row")
    on_silence = data.get("on_silence")
    if not isinstance(on_silence, str) or not on_silence.strip():
        raise SilenceWithoutDefault(f"clock {kind}: on_silence says what happens when the owner stays silent")
    sets = {name: _signals(data.get(name, ()), kind, name) for name in _SIGNAL_SETS}
    cap = data.get("pause_cap_seconds")
    until = data.get("effective_until")
    row = ClockPolicy(
        kind=ClockKind(kind),
        version=_whole(data.get("version", 1), kind, "version"),
        effective_from=_instant(data.get("effective_from"), kind, "effective_from"),
        effective_until=None if until is None else _instant(until, kind, "effective_until"),
        title=_text(data.get("title", kind), kind, "title"),
        owner=_text(data.get("owner"), kind, "owner"),
        calendar=CalendarId(_text(data.get("calendar"), kind, "calendar")),
        mode=read_mode(_text(data.get("mode"), kind, "mode")),
        target_seconds=_whole(data.get("target_seconds"), kind, "target_seconds"),
        on_silence=on_silence,
        **sets,
        gates=tuple(_gate(gate, kind) for gate in _list(data.get("gates", ()), kind, "gates")),
        warnings_percent=tuple(
            _whole(percent, kind, "warnings_percent")
            for percent in _list(data.get("warnings_percent", USUAL_WARNINGS), kind, "warnings_percent")
        ),
        reminder_days=tuple(
            _whole(days, kind, "reminder_days") for days in _list(data.get("reminder_days", ()), kind, "reminder_days")
        ),
        about=_about(data.get("about"), kind, sets["starts"]),
        floor_seconds=_whole(data.get("floor_seconds", 0), kind, "floor_seconds"),
        pause_cap_seconds=None if cap is None else _whole(cap, kind, "pause_cap_seconds"),
        grace_seconds=_whole(data.get("grace_seconds", 0), kind, "grace_seconds"),
        hold_cap_seconds=_whole(data.get("hold_cap_seconds", 0), kind, "hold_cap_seconds"),
        deadline_given=data.get("deadline_given", False) is True,
        given_at_most=data.get("given_at_most", False) is True,
        counted_from_given=data.get("counted_from_given", False) is True,
        owner_moves=_moves(data.get("owner_moves", {}), kind),
        channels=frozenset(_text(c, kind, "channels") for c in _list(data.get("channels", ()), kind, "channels")),
    )
    return _checked(row)


def _checked(row: ClockPolicy) -> ClockPolicy:
    if row.target_seconds == 0:
        raise TargetIsZero(f"clock {row.kind}: target_seconds is at least 1")
    if row.pauses and not row.pause_cap_seconds:
        raise PauseWithoutCap(f"clock {row.kind}: pause_cap_seconds is required where something pauses")
    if not row.starts:
        raise PolicyUnreadable(f"clock {row.kind}: starts names no signal")
    if not row.satisfies:
        raise PolicyUnreadable(f"clock {row.kind}: satisfies names no signal")
    if list(row.warnings_percent) != sorted({p for p in row.warnings_percent if 0 < p < 100}):
        raise PolicyUnreadable(f"clock {row.kind}: warnings_percent rises from 1 to 99")
    if list(row.reminder_days) != sorted({d for d in row.reminder_days if d > 0}, reverse=True):
        raise PolicyUnreadable(f"clock {row.kind}: reminder_days falls to 1")
    if row.version < 1:
        raise PolicyUnreadable(f"clock {row.kind}: version starts at 1")
    if row.effective_until is not None and row.effective_until <= row.effective_from:
        raise EffectiveDatesOverlap(f"clock {row.kind}: effective_until must be after effective_from")
    _check_given(row)
    return row


def _check_given(row: ClockPolicy) -> None:
    counted = row.given_at_most or row.counted_from_given
    if row.deadline_given and not counted and row.mode is not Mode.ELAPSED:
        raise PolicyUnreadable(f"clock {row.kind}: a given deadline is counted in mode elapsed")
    if counted and not row.deadline_given:
        needs = "given_at_most is" if row.given_at_most else "counted_from_given is"
        raise PolicyUnreadable(f"clock {row.kind}: {needs} for a row whose deadline_given is true")
    if row.given_at_most and row.counted_from_given:
        raise PolicyUnreadable(f"clock {row.kind}: given_at_most and counted_from_given exclude each other")


def _about(value: object, kind: str, starts: frozenset[Signal]) -> About:
    if value is None:
        return about_what_begins(starts)
    try:
        return About(_text(value, kind, "about"))
    except ValueError:
        raise PolicyUnreadable(f"clock {kind}: about is one of {', '.join(About)}") from None


def _gate(value: object, kind: str) -> Gate:
    if not isinstance(value, Mapping) or set(value) - {"opened_by", "closed_by", "open_at_birth"}:
        raise PolicyUnreadable(f"clock {kind}: a gate has opened_by, closed_by and open_at_birth")
    return Gate(
        opened_by=_signals(value.get("opened_by", ()), kind, "gates"),
        closed_by=_signals(value.get("closed_by", ()), kind, "gates"),
        open_at_birth=value.get("open_at_birth", True) is True,
    )


def _moves(value: object, kind: str) -> tuple[tuple[Signal, str], ...]:
    if not isinstance(value, Mapping):
        raise PolicyUnreadable(f"clock {kind}: owner_moves names an owner for each signal")
    signals = sorted(_signals(list(value), kind, "owner_moves"))
    return tuple((signal, _text(value[signal.value], kind, "owner_moves")) for signal in signals)


def _signals(value: object, kind: str, field: str) -> frozenset[Signal]:
    names = [_text(name, kind, field) for name in _list(value, kind, field)]
    try:
        return frozenset(map(Signal, names))
    except ValueError:
        raise UnknownSignal(f"clock {kind}: {field} names a signal that does not exist") from None


def _list(value: object, kind: str, field: str) -> Sequence[object]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise PolicyUnreadable(f"clock {kind}: {field} is a list")
    return value


def _text(value: object, kind: str, field: str) -> str:
    if not isinstance(value, str) or not value:
        raise PolicyUnreadable(f"clock {kind}: {field} is a text")
    return value


def _whole(value: object, kind: str, field: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise PolicyUnreadable(f"clock {kind}: {field} is a whole number, 0 or more")
    return value


def _instant(value: object, kind: str, field: str) -> datetime:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value, kind, field))
    except ValueError:
        raise PolicyUnreadable(f"clock {kind}: {field} is an ISO 8601 instant") from None
    micros(at)
    return at
