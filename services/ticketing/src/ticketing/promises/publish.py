"""Facts of promises as contract events."""

from typing import assert_never

from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import promises as contract
from ticketing.promises import domain


def publish_promise(event: domain.Event, state: domain.Promise) -> ContractEvent | None:
    """Return what others hear of a promise."""
    promise_id, case_id = state.id, state.made.case_id
    match event:
        case domain.PromiseMade(made):
            return contract.PromiseMade(
                promise_id=promise_id,
                case_id=case_id,
                what=made.what,
                owner=state.owner,
                by=made.by,
                due_by=made.due_by,
                made_at=made.at,
            )
        case domain.PromiseKept(at):
            return contract.PromiseKept(promise_id=promise_id, case_id=case_id, late=state.was_broken, kept_at=at)
        case domain.PromiseBroken(at=at):
            return contract.PromiseBroken(promise_id=promise_id, case_id=case_id, owner=state.owner, broken_at=at)
        case domain.BrokenByLaterRound():
            return None
        case domain.PromiseRestored(at):
            return contract.PromiseRestored(promise_id=promise_id, case_id=case_id, restored_at=at)
        case domain.PromiseWithdrawn(reason, at):
            return contract.PromiseWithdrawn(promise_id=promise_id, case_id=case_id, reason=reason, withdrawn_at=at)
        case _:
            assert_never(event)
