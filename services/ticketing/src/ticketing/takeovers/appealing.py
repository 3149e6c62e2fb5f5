"""Appeals of takeovers (casework, section 6): one that waits keeps its case from being closed, and one that is granted reverses
the takeover with all that followed from it."""

from chassis.aggregate import Unit
from chassis.ids import new_id
from ombud_words import AppealId, AppealOutcome, PersonId, Role, TakeoverId
from ticketing.cases.domain import TellParties
from ticketing.cases.store import CASES
from ticketing.takeovers.domain.commands import AppealTakeover, DecideAppeal
from ticketing.takeovers.domain.state import Takeover
from ticketing.takeovers.reversal import reverse_by_decision
from ticketing.takeovers.store import TAKEOVERS
from ticketing.unfinished.domain import Begin, End
from ticketing.unfinished.store import note

_NOTICES = {AppealOutcome.INADMISSIBLE: "appeal_inadmissible", AppealOutcome.UPHELD: "appeal_in_vain"}
"""What the seller is told; a reversal tells both parties by itself."""


async def appeal_takeover(takeover_id: TakeoverId, by: Role, grounds: tuple[str, ...], unit: Unit) -> Takeover:
    """Keep an appeal; a repeat of one that waits changes nothing. Raises an AppealRefused."""
    before = await unit.read(TAKEOVERS, takeover_id)
    command = AppealTakeover(appeal_id=AppealId(new_id("apl")), by=by, grounds=grounds, at=unit.now)
    after = await unit.execute(TAKEOVERS, takeover_id, command)
    if after != before:
        await note(after.case_id, Begin(command.appeal_id, unit.now), unit)
    return after


async def decide_appeal(
    takeover_id: TakeoverId, outcome: AppealOutcome, reasons: tuple[str, ...], supervisor: PersonId, unit: Unit
) -> Takeover:
    """Decide the appeal that waits, as somebody who did not decide the takeover. Raises an AppealRefused."""
    command = DecideAppeal(
        outcome=outcome, reasons=reasons, decided_by=Role.SUPERVISOR, reviewer_id=supervisor, at=unit.now
    )
    after = await unit.execute(TAKEOVERS, takeover_id, command)
    appeal_id = after.appeals[-1].id
    await note(after.case_id, End(appeal_id, unit.now), unit)
    if outcome == AppealOutcome.REVERSED:
        return await reverse_by_decision(takeover_id, reasons[0], supervisor, unit)
    notice = TellParties(about=appeal_id, notice=_NOTICES[outcome], recipients=(Role.SELLER,), at=unit.now)
    await unit.execute(CASES, after.case_id, notice)
    return after
