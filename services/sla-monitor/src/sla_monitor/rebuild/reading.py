"""Reads the monitor's own topics for a rebuild: what is not an event there says nothing, and stops nothing."""

import logging

from chassis.parking import StandIn
from chassis.replay import Record
from ombud_contracts import MalformedEvent, Received, from_record

log = logging.getLogger(__name__)


def received_of(record: Record) -> Received | None:
    """Return what a record says, or None, with a line in the log, where it is not an event: its consumers parked it."""
    if isinstance(record, StandIn):
        log.warning(
            "a record cannot be unpacked and is left out",
            extra={
                "topic": record.topic,
                "partition": record.partition,
                "offset": record.offset,
                "reason": record.why,
            },
        )
        return None
    try:
        return from_record(record.value, record.headers)
    except MalformedEvent as error:
        log.warning(
            "a record is not an event and is left out",
            extra={
                "topic": record.topic,
                "partition": record.partition,
                "offset": record.offset,
                "reason": str(error),
            },
        )
        return None
