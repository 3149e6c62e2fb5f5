"""What the screen of a case's notices shows."""

from collections.abc import Sequence
from datetime import datetime

from chassis.http import View
from ombud_words import Role
from ticketing.cases.domain import Case, Notice
from ticketing.notices.rendering import render
from ticketing.takeovers.domain import Cost, Takeover

_COSTLY = frozenset({"takeover_warned", "takeover_activated", "verdict_confirmed"})
"""Notices that say what the takeover costs the seller."""


class NoticeView(View):
    """Something the parties were told, in the reader's language."""

    about: str
    template: str
    issued_at: datetime
    due_by: datetime | None
    """Of a receipt: by when an answer is due, once the clock has said so."""
    text: str


class NoticeList(View):
    """All notices of a case."""

    notices: list[NoticeView]


def notice_view(
    notice: Notice, case: Case, takeover: Takeover | None, language: str, due_by: datetime | None, reader: Role
) -> NoticeView:
    """Return a notice in a language; what it costs the seller is not told to the buyer."""
    decided = (takeover.verdict or takeover.decision) if takeover else None
    until = (takeover.appeal_until if takeover else None) or (decided.appeal_until if decided else None)
    text = render(
        notice.template,
        language,
        since=f"{notice.at:%Y-%m-%d %H:%M} UTC",
        number=case.number,
        clause=takeover.grounds.clause if takeover else "",
        into=case.merged_into.number if case.merged_into else "",
        until=f"{until:%Y-%m-%d}" if until else "",
    )
    if due_by is not None:
        text = f"{text} {render('answer_due', language, due=f'{due_by:%Y-%m-%d %H:%M} UTC')}"
    if takeover is not None and takeover.costs and notice.template in _COSTLY and reader != Role.BUYER:
        text = f"{text} {render('costs_shown', language, costs=_costs(takeover.costs))}"
    return NoticeView(about=notice.about, template=notice.template, issued_at=notice.at, due_by=due_by, text=text)


def _costs(costs: Sequence[Cost]) -> str:
    return ", ".join(f"{cost.gross_minor / 100:.2f} {cost.currency}" for cost in costs)
