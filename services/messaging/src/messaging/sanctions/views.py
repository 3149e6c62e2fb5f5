"""What the screens about sanctions show: references and rule ids, never words."""

from datetime import datetime, timedelta

from chassis.http import View
from messaging.conversations.views import StandingView
from messaging.sanctions.domain.sanction import Sanction


class BreachView(View):
    """A message that broke a rule."""

    message_id: str
    case_id: str
    sent_at: datetime
    rules: list[str]
    """Ids of the rules that it broke, or a moderator's reasons."""
    appeal_until: datetime


class SanctionView(StandingView):
    """A person's sanction in one role and market."""

    person_id: str
    role: str
    market: str
    steps: list[str]
    """The ladder, mildest first."""
    standing: list[BreachView]
    appealed_at: datetime | None
    """Set while an appeal waits for a decision."""
    appeal_grounds: list[str]


class SanctionList(View):
    """Sanctions of a person, or those whose appeal waits for a decision."""

    sanctions: list[SanctionView]


def standing_view(state: Sanction, at: datetime) -> StandingView:
    """Return where a person stands at an instant."""
    return StandingView(**_standing(state, at))


def sanction_view(state: Sanction, at: datetime) -> SanctionView:
    """Return the screen of a sanction."""
    within = timedelta(seconds=state.ladder.appeal_seconds)
    return SanctionView(
        **_standing(state, at),
        person_id=state.person_id,
        role=state.role,
        market=state.market,
        steps=list(state.ladder.steps),
        standing=[
            BreachView(
                message_id=b.message_id,
                case_id=b.case_id,
                sent_at=b.at,
                rules=list(b.rules),
                appeal_until=b.at + within,
            )
            for b in state.breaches
        ],
        appealed_at=state.appealed_at,
        appeal_grounds=list(state.appeal_grounds) if state.appealed_at else [],
    )


def _standing(state: Sanction, at: datetime) -> dict[str, object]:
    return {
        "sanction_id": state.id,
        "step": state.step_at(at),
        "next_step": state.ladder.next_step(state.height_at(at)),
        "breaches": len(state.breaches),
        "steps_back_at": state.steps_back_at(at),
    }
