"""Where `ombud-sla explain` gets a clock from: a running service, or the JSON of its screen in a file."""

import re
import sys
from pathlib import Path

import httpx
from pydantic import ValidationError

from ombud_words import ClockId
from sla_monitor.clocks.views import ClockView
from sla_monitor.working_time.domain import SlaRefused

TOKEN = "OMBUD_TOKEN"
_CLOCK = re.compile(r"[A-Za-z0-9_-]{1,128}")
_SECONDS = 10.0
"""An operator waits no longer; the service answers in milliseconds."""
_MOST_BYTES = 5_000_000


class ClockUnreadable(SlaRefused):
    """What was given is not the JSON of a clock."""


class ClockNotFound(SlaRefused):
    """There is no such clock, or it is not for the holder of the token."""


class NotSignedIn(SlaRefused):
    """The token is missing or not accepted."""


class ServiceUnreachable(SlaRefused):
    """The service does not answer."""


def read_clock(name: str) -> ClockView:
    """Read the JSON of `GET /clocks/{id}` from a file, `-` for standard input. Raises OSError or ClockUnreadable."""
    text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    return _clock_of(text)


def fetch_clock(url: str, clock_id: ClockId, token: str | None) -> ClockView:
    """Read a clock from a running service. Raises NotSignedIn, ClockNotFound, ClockUnreadable or ServiceUnreachable."""
    if not token:
        raise NotSignedIn(f"set {TOKEN} to an access token")
    if not _CLOCK.fullmatch(clock_id):
        raise ClockNotFound("this is not the id of a clock")
    try:
        target = httpx.URL(url.rstrip("/") + f"/clocks/{clock_id}")
        answer = httpx.get(target, headers={"Authorization": f"Bearer {token}"}, timeout=_SECONDS)
    except (httpx.TransportError, httpx.InvalidURL, UnicodeError) as error:
        raise ServiceUnreachable(f"the service does not answer ({type(error).__name__})") from None
    match answer.status_code:
        case 200:
            return _clock_of(answer.text)
        case 401:
            raise NotSignedIn(f"the service does not accept the token in {TOKEN}")
        case 403 | 404:
            raise ClockNotFound("no such clock, or it is not for the holder of the token")
        case status:
            raise ServiceUnreachable(f"the service answers with status {status}")


def _clock_of(text: str) -> ClockView:
    try:
        if len(text) <= _MOST_BYTES:
            return ClockView.model_validate_json(text)
    except ValidationError:
        pass
    raise ClockUnreadable("that is not the JSON of a clock (GET /clocks/{id})")
