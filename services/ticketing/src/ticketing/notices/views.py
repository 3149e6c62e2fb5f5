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
    text: str


class NoticeList(View):
    """All notices of a case."""

    notices: list[NoticeView]


def notice_view(notice: Notice, case: Case, takeover: Takeover | None, language: str) -> NoticeView:
    """Return a notice about a takeover in a language."""
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
    return NoticeView(about=notice.about, template=notice.template, issued_at=notice.at, text=text)
