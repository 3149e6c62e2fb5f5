"""What the screen of a case's notices shows."""

from datetime import datetime

from chassis.http import View
from ticketing.cases.domain import Case, Notice
from ticketing.notices.rendering import render
from ticketing.takeovers.domain import Takeover


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
    notice: Notice, case: Case, takeover: Takeover | None, language: str, due_by: datetime | None
) -> NoticeView:
    """Return a notice in a language."""
    decision = takeover.decision if takeover else None
    text = render(
        notice.template,
        language,
        since=f"{notice.at:%Y-%m-%d %H:%M} UTC",
        number=case.number,
        clause=takeover.grounds.clause if takeover else "",
        into=case.merged_into.number if case.merged_into else "",
        until=f"{decision.appeal_until:%Y-%m-%d}" if decision else "",
    )
    if due_by is not None:
        text = f"{text} {render('answer_due', language, due=f'{due_by:%Y-%m-%d %H:%M} UTC')}"
    return NoticeView(about=notice.about, template=notice.template, issued_at=notice.at, due_by=due_by, text=text)
