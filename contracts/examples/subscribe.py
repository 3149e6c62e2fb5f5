"""Prints missed deadlines and takeovers as they happen: a subscriber that knows nothing of Ombud but its contracts."""

import asyncio
import os

from aiokafka import AIOKafkaConsumer

from ombud_contracts import MalformedEvent, Received, from_record, topics
from ombud_contracts.events.sla_monitor import ClockBreached
from ombud_contracts.events.ticketing import TakeoverActivated


def tell(received: Received) -> None:
    """React to what matters here; every other event, also of a type not known yet, passes by."""
    match received.event:
        case ClockBreached(case_id=case_id, owner=owner, due_by=due_by):
            print(f"{received.metadata.id}: {owner} missed {due_by:%Y-%m-%d %H:%M} in {case_id}", flush=True)
        case TakeoverActivated(case_id=case_id, decision=decision):
            print(f"{received.metadata.id}: {case_id} was taken over, {decision.trigger}", flush=True)


async def main() -> None:
    """Begin with the oldest event that Kafka keeps, and go on where this group stopped."""
    namespace = os.environ.get("OMBUD_NAMESPACE", "")
    prefix = namespace and f"{namespace}."
    consumer = AIOKafkaConsumer(
        prefix + topics.CLOCKS,
        prefix + topics.TAKEOVERS,
        bootstrap_servers=os.environ["OMBUD_KAFKA"],
        group_id=f"{prefix}my-team.breaches",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
    )
    async with consumer:
        async for record in consumer:
            try:
                tell(from_record(record.value, record.headers, record.topic.removeprefix(prefix)))
            except MalformedEvent as broken:
                print(f"skipped {record.topic}/{record.partition}/{record.offset}: {broken}", flush=True)
            await consumer.commit()  # after the effect: an event may come twice, and is never lost


asyncio.run(main())
