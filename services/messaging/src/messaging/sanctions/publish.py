"""Sanctions as contract events."""

from typing import assert_never

from messaging.sanctions.domain import event as said
from messaging.sanctions.domain.sanction import Sanction
from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import messaging as contract


def publish_sanction(event: said.Event, state: Sanction) -> ContractEvent | None:
    """Return what others hear of a sanction: counts and rule ids, never words."""
    match event:
        case said.SanctionImposed():
            return _imposed(event, state) if event.height else None
        case said.SanctionLifted():
            return _lifted(event, state)
        case said.SanctionAppealed(grounds, at):
            return contract.SanctionAppealed(
                sanction_id=state.id,
                person_id=state.person_id,
                role=state.role,
                step=state.ladder.step(state.height),
                breaches=len(state.breaches),
                grounds=grounds,
                appealed_at=at,
            )
        case said.SanctionUpheld(reasons, at):
            return contract.SanctionUpheld(
                sanction_id=state.id,
                person_id=state.person_id,
                role=state.role,
                step=state.ladder.step(state.height),
                breaches=len(state.breaches),
                reasons=reasons,
                upheld_at=at,
            )
        case said.MessageCounted() | said.HeldReleased():
            return None  # the messages themselves tell of it
        case _:
            assert_never(event)


def _imposed(event: said.SanctionImposed, state: Sanction) -> contract.SanctionImposed:
    breach = event.recorded.breach
    return contract.SanctionImposed(
        sanction_id=state.id,
        person_id=state.person_id,
        role=state.role,
        step=state.ladder.step(event.height),
        breaches=len(state.breaches),
        next_step=state.ladder.next_step(event.height),
        case_id=breach.case_id,
        message_id=breach.message_id,
        rules=breach.rules,
        facts=tuple(b.event_id for b in state.breaches),
        takeover_round=event.takeover_round,
        steps_back_at=state.steps_back_at(event.at),
        imposed_at=event.at,
    )


def _lifted(event: said.SanctionLifted, state: Sanction) -> contract.SanctionLifted:
    return contract.SanctionLifted(
        sanction_id=state.id,
        person_id=state.person_id,
        role=state.role,
        step=state.ladder.step(event.height),
        breaches=len(state.breaches),
        was_step=state.ladder.step(event.was_height),
        cause=event.cause,
        reasons=event.reasons,
        pardoned=event.pardoned,
        takeover_round=state.takeover_round,
        takeover_withdrawn_from=event.withdrawn_from,
        lifted_at=event.at,
    )
