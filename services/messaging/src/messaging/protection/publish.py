"""Erasures as contract events."""

from typing import assert_never

from messaging.protection import domain as erasure
from ombud_contracts import Event as ContractEvent
from ombud_contracts.events import messaging as contract


def publish_erasure(event: erasure.Event, state: erasure.Erasure) -> ContractEvent | None:
    """Return what others hear of an erasure: that it is done."""
    match event:
        case erasure.ErasureOrdered():
            return None
        case erasure.PersonErased(conversations, messages, at):
            return contract.PersonErased(
                erasure_id=state.id,
                person_id=state.person_id,
                role=state.role,
                conversations=conversations,
                messages=messages,
                erased_at=at,
            )
        case _:
            assert_never(event)
