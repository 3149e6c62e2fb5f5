"""Reads what somebody proposes: a policy row or a calendar as plain data, numbered, and found sound beside the rules.

A refusal names the field that is wrong and never repeats what was sent.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime

from ombud_rulebooks.domain import Window, WindowRefused
from ombud_words import Silence
from sla_monitor.rules.domain.book import Candidate, Dated, RuleBook, Sort
from sla_monitor.rules.domain.content import Content, as_text, instant_of
from sla_monitor.rules.domain.policy import (
    ClockPolicy,
    EffectiveDatesOverlap,
    PolicyUnreadable,
    SilenceUnknown,
    SubjectChanged,
)
from sla_monitor.rules.domain.policy_reading import read_policy
from sla_monitor.rules.domain.rules import PublishedCalendar, Rules
from sla_monitor.rules.domain.trial import with_calendar, with_policy
from sla_monitor.working_time.domain import (
    CalendarUnreadable,
    CalendarWithoutOpenTime,
    InstantOutOfRange,
    SlaRefused,
    UnknownMode,
    UnknownTimeZone,
    compiled,
    micros,
    read_calendar,
    within_years,
)

_GIVEN_BESIDE = ("version", "effective_from")
_POLICY_FIELDS = frozenset(f.name for f in fields(ClockPolicy) if f.init).difference(_GIVEN_BESIDE)
_CALENDAR_FIELDS = frozenset({"id", "tz", "weekly", "holidays", "overrides", "closures", "source"})
_FIELD_OF: Mapping[type[SlaRefused], str] = {
    UnknownTimeZone: "tz",
    CalendarWithoutOpenTime: "weekly",
    EffectiveDatesOverlap: "effective_from",
    UnknownMode: "mode",
}
_LONGEST_NAME = 64
_LONGEST_SECONDS = 10 * 366 * 86_400


class UnknownCalendar(SlaRefused):
    """A row names a calendar that was not published in its market."""


def read_name(sort: Sort, content: Mapping[str, object]) -> str:
    """The kind or calendar that a content is about. Raises PolicyUnreadable or CalendarUnreadable."""
    field, unreadable = ("kind", PolicyUnreadable) if sort is Sort.POLICY else ("id", CalendarUnreadable)
    name = content.get(field)
    sound = isinstance(name, str) and name.replace("_", "").replace("-", "").isalnum() and name.isascii()
    if not isinstance(name, str) or not sound or len(name) > _LONGEST_NAME:
        raise refused(unreadable(f"{field} is a name of letters, digits and underscores"), field)
    return name


def read_row(content: Mapping[str, object], number: int, effective_from: datetime) -> ClockPolicy:
    """A policy row. Raises a refusal that names the field."""
    kind = read_name(Sort.POLICY, content)
    _refuse_unknown(content, _POLICY_FIELDS, PolicyUnreadable)
    with _naming_the_field(f"clock {kind}", _POLICY_FIELDS):
        row = read_policy({**content, "version": number, "effective_from": within_years(effective_from)})
        _refuse_too_long(row)
        _refuse_unknown_silence(row)
        return row


def read_dated_calendar(content: Mapping[str, object], number: int, effective_from: datetime) -> PublishedCalendar:
    """A calendar. Raises a refusal that names the field."""
    id = read_name(Sort.CALENDAR, content)
    _refuse_unknown(content, _CALENDAR_FIELDS, CalendarUnreadable)
    with _naming_the_field(f"calendar {id}", _CALENDAR_FIELDS):
        calendar = read_calendar({**content, "version": number})
        compiled(calendar)
    return PublishedCalendar(calendar, within_years(effective_from))


def refuse_unreachable(row: ClockPolicy, rules: Rules) -> None:
    """Return when a row's target can be reached on the calendar it names. Raises UnknownCalendar and what working time
    refuses."""
    versions = [p for p in rules.calendars.published if p.calendar.id == row.calendar]
    if not versions or versions[0].effective_from > row.effective_from:
        raise refused(UnknownCalendar("calendar names none that is published in this market by then"), "calendar")
    with _naming_the_field(f"calendar {row.calendar}", otherwise="target_seconds"):
        working = rules.calendars.in_force(row.calendar, micros(row.effective_from))
        working.deadline(row.effective_from, row.target_seconds, row.mode)


def _refuse_another_subject(row: ClockPolicy, rules: Rules) -> None:
    """A running clock belongs to its subject for ever. Raises SubjectChanged."""
    about = rules.policies.about(row.kind)
    if row.kind in rules.policies.kinds and row.about is not about:
        raise refused(SubjectChanged(f"about is {about} in every version of this clock"), "about")


def refused(refusal: SlaRefused, field: str) -> SlaRefused:
    """The refusal with the field that is wrong."""
    refusal.facts = {"field": field}
    return refusal


def _refuse_unknown(content: Mapping[str, object], known: frozenset[str], unreadable: type[SlaRefused]) -> None:
    for given in _GIVEN_BESIDE:
        if given in content:
            raise refused(unreadable(f"{given} is not part of the content: the proposal sets it"), given)
    if unknown := len(content.keys() - known):
        raise refused(
            unreadable(f"{unknown} field(s) are not known; the fields are {', '.join(sorted(known))}"), "content"
        )


def _refuse_unknown_silence(row: ClockPolicy) -> None:
    if row.on_silence not in set(Silence):
        raise refused(SilenceUnknown(f"on_silence is one of {', '.join(sorted(Silence))}"), "on_silence")


def _refuse_too_long(row: ClockPolicy) -> None:
    for name in _POLICY_FIELDS:
        if name.endswith("_seconds") and (getattr(row, name) or 0) > _LONGEST_SECONDS:
            raise refused(PolicyUnreadable(f"{name} is at most {_LONGEST_SECONDS}"), name)


@contextmanager
def _naming_the_field(name: str, known: frozenset[str] = frozenset(), otherwise: str = "content") -> Iterator[None]:
    """Say the same refusal without the name that was sent, and with the field."""
    try:
        yield
    except OverflowError:
        raise refused(InstantOutOfRange("a date lies outside the supported years"), otherwise) from None
    except SlaRefused as error:
        if error.facts is not None:
            raise
        text = str(error).removeprefix(f"{name}: ").replace(name, "the calendar", 1)
        first = next((word for word in text.replace(":", "").split() if word in known), otherwise)
        raise refused(type(error)(text), _FIELD_OF.get(type(error), first)) from None


def propose(sort: Sort, content: Content, effective_from: datetime, book: RuleBook, rules: Rules) -> tuple[Dated, str]:
    """Return the version that a content would be, and its text. Raises a refusal that names the wrong field."""
    _refuse_unspeakable(content)
    name = read_name(sort, content)
    known = book.of(sort, name)
    number = known[-1].number + 1 if known else 1
    since, until = within_years(effective_from), None
    if sort is Sort.POLICY:
        row = read_row(content, number, since)
        refuse_unreachable(row, rules)
        _refuse_another_subject(row, rules)
        until = row.effective_until
    else:
        read_dated_calendar(content, number, since)
    version = Dated(sort, name, number, since, until)
    try:
        book.placed(version)
    except EffectiveDatesOverlap:
        last = known[-1].effective_from.isoformat()
        text = f"effective_from lies after that of the version before it ({last}), and after what that one covers"
        raise refused(EffectiveDatesOverlap(text), "effective_from") from None
    return version, as_text({**content, "version": number, "effective_from": since.isoformat()})


def refuse_earlier(window: Window, version: Dated, book: RuleBook, at: datetime) -> None:
    """Return when a dry run's window begins under the version that would be replaced, or there is none. Raises
    WindowRefused: what was reckoned by an older version would count as a difference."""
    in_force = [v.effective_from for v in book.of(version.sort, version.name) if v.effective_from <= at]
    if in_force and window.from_at <= max(in_force):
        since = max(in_force).isoformat()
        raise WindowRefused(f"the version that it replaces is in force since {since}; begin the window later")


def with_candidate(candidate: Candidate, rules: Rules, since: datetime) -> Rules:
    """The rules as if a candidate had been in force since an instant."""
    content = json.loads(candidate.content)
    number, effective_from = content.pop("version"), instant_of(content.pop("effective_from"))
    if candidate.version.sort is Sort.POLICY:
        return with_policy(rules, read_row(content, number, effective_from), since)
    return with_calendar(rules, read_dated_calendar(content, number, effective_from), since)


def _refuse_unspeakable(content: Content) -> None:
    """Half of a surrogate pair is valid JSON, and no text."""
    try:
        json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        raise refused(PolicyUnreadable("content holds a text or number that cannot be written"), "content") from None
