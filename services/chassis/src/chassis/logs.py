"""Logs: one JSON line per event on standard output. Only fields on the list below are written, so that no text of a
message and no personal data can slip into a line."""

import json
import logging
import sys
from datetime import UTC, datetime

from chassis.telemetry import trace_id

FIELDS = (
    "case_id",
    "event_id",
    "type",
    "topic",
    "partition",
    "offset",
    "group",
    "work",
    "reason",
    "count",
    "status",
    "method",
    "route",
    "seconds",
    "purpose",
    "actor_kind",
    "actor_id",
)
"""Names that a log call may pass in `extra`; anything else is dropped."""


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON; line breaks inside values are escaped by JSON itself."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "msg": record.getMessage(),
            "trace_id": trace_id(),
        }
        line.update({name: getattr(record, name) for name in FIELDS if hasattr(record, name)})
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["at"] = _where(record)
        return json.dumps(line, default=str)


def _where(record: logging.LogRecord) -> list[str]:
    trace = record.exc_info[2] if record.exc_info else None
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-8:]


def configure(service: str, level: str) -> None:
    """Send every logger of the process to standard output as JSON lines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("aiokafka", "faststream", "pymongo", "httpx", "httpcore", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
