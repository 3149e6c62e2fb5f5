"""What the screens of intake show."""

from datetime import datetime

from chassis.http import View
from ticketing.intake.domain import Question
from ticketing.orders.views import LineView, OfferedView, TrackingView


class QuestionView(View):
    """Something to ask; the next request answers it by the member of the same name."""

    about: str
    """`market`, `order_id`, `line_id`, `listing_id`, `path`, `reason`, `desired_outcome`, `draft_id` or `evidence`."""
    options: list[str]
    """What can be answered, in the order in which it is proposed; empty for what is free."""
    required: bool
    """Without an answer no case is opened."""
    because: str | None
    """Why it is asked although there was an answer, as a code: `unknown_path`, `reason_not_askable`, `outcome_not_offered`."""


class ObstacleView(View):
    """Why `POST /cases` would refuse this contact."""

    code: str
    """As the refusal's type ends, such as `case_already_live`."""
    detail: str
    facts: dict[str, object]
    """What the refusal would say besides, such as the case to go on in."""


class RightsView(View):
    """What the reason means for the order line."""

    disputable_from: datetime | None
    """Before, a dispute is refused; None for at once."""
    until: datetime | None
    """The last instant at which the line can be complained about for this reason; None for no limit."""
    fast_track: list[str]
    """Kinds of facts of which one lets a dispute skip its negotiation; a party cannot show them."""


class IntakeView(View):
    """What is known of a contact, and what is still to be asked. Nothing of it is kept."""

    tracking: TrackingView | None
    """Shown first where the reason is about the delivery; else None."""
    order: LineView | None
    listing: OfferedView | None
    """What is asked about before buying."""
    market: str | None
    reason: str | None
    family: str | None
    counterpart: str | None
    """Who will owe the answer: `seller` or `platform`."""
    phase: str | None
    """`before`, `during` or `after` the purchase."""
    desired_outcome: str | None
    """What was asked for, confirmed; None while it is not said, or cannot be asked for."""
    rights: RightsView | None
    questions: list[QuestionView]
    obstacles: list[ObstacleView]
    ready: bool
    """`POST /cases` would open a case with this now."""


def question_view(question: Question) -> QuestionView:
    """Return a question."""
    return QuestionView(
        about=question.about,
        options=list(question.options),
        required=question.required,
        because=question.because,
    )
