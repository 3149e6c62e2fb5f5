"""What every service asks of an appeal and shows of it (casework, section 6); its rules are `ombud_words.appeals`."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chassis.http import Code, RequestModel, View
from ombud_words import Appeal

Codes = Annotated[list[Code], Field(min_length=1, max_length=10)]


class AppealRequest(RequestModel):
    """What is wrong with what was decided, as codes."""

    grounds: Codes


class AppealView(View):
    """An appeal, with what became of it."""

    by: str
    """The side that appealed."""
    grounds: list[str]
    appealed_at: datetime
    outcome: str | None
    """`INADMISSIBLE`, `UPHELD`, `REVERSED` or, of a dispute's decision, `AMENDED`; null while it waits."""
    reasons: list[str]
    decided_at: datetime | None


def appeal_view(appeal: Appeal) -> AppealView:
    """Return the screen of an appeal."""
    return AppealView(
        by=appeal.by,
        grounds=list(appeal.grounds),
        appealed_at=appeal.at,
        outcome=appeal.outcome,
        reasons=list(appeal.reasons),
        decided_at=appeal.decided_at,
    )
