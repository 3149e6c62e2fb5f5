"""What the screens about sanctions show: references and rule ids, never words."""

from datetime import datetime, timedelta

from chassis.http import View
from messaging.sanctions.domain import Breach, Sanction
from ombud_words import CaseId, MessageId, PersonId, SanctionId


class StandingView(View):
    """The step of the sanction ladder on which a person stands, and what comes next."""

    sanction_id: SanctionId
    step: str | None
    """`explain`, `educate`, `warn`, `hold_all` or `takeover`; absent when nothing is left of it."""
    next_step: str
    """What a further breach leads to."""
    breaches: int
    """How many stand."""
    steps_back_at: datetime | None
    """When a step back is due if nothing more happens."""


class BreachView(View):
    """A message that broke a rule."""

    message_id: MessageId
    case_id: CaseId
    sent_at: datetime
    rules: list[str]
    """Ids of the rules that it broke, or a moderator's reasons."""
    appeal_until: datetime


class SanctionView(StandingView):
    """A person's sanction in one role and market."""

    person_id: PersonId
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
    return StandingView(
        sanction_id=state.id,
        step=state.step_at(at),
        next_step=state.ladder.next_step(state.height_at(at)),
        breaches=len(state.breaches),
        steps_back_at=state.steps_back_at(at),
    )


def sanction_view(state: Sanction, at: datetime) -> SanctionView:
    """Return the screen of a sanction."""
    within = timedelta(seconds=state.ladder.appeal_seconds)
    return SanctionView(
        **standing_view(state, at).model_dump(),
        person_id=state.person_id,
        role=state.role,
        market=state.market,
        steps=list(state.ladder.steps),
        standing=[_breach_view(breach, within) for breach in state.breaches],
        appealed_at=state.appealed_at,
        appeal_grounds=list(state.appeal_grounds) if state.appealed_at else [],
    )


def _breach_view(breach: Breach, within: timedelta) -> BreachView:
    return BreachView(
        message_id=breach.message_id,
        case_id=breach.case_id,
        sent_at=breach.at,
        rules=list(breach.rules),
        appeal_until=breach.at + within,
    )
