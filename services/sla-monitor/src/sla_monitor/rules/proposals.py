"""What is proposed, as rules: read, numbered, and found sound beside the rules that are there."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ombud_rulebooks.domain.candidate import WindowRefused
from sla_monitor.dry_runs.domain import Window, with_calendar, with_policy
from sla_monitor.rules.domain.candidate_reading import (
    read_dated_calendar,
    read_name,
    read_row,
    refuse_unreachable,
    refused,
    within_years,
)
from sla_monitor.rules.domain.policy import EffectiveDatesOverlap, PolicyUnreadable
from sla_monitor.rules.domain.rule_book import Dated, RuleBook, Sort, refuse_overlapping
from sla_monitor.rules.domain.rules import Rules
from sla_monitor.rules.known import as_text, instant_of
from sla_monitor.rules.store import Candidate

Content = Mapping[str, Any]


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
        until = row.effective_until
    else:
        read_dated_calendar(content, number, since)
    version = Dated(sort, name, number, since, until)
    try:
        refuse_overlapping(book, version)
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
