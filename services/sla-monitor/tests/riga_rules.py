"""The market calendar of product section 3, its local times, and the default rules on it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sla_monitor.rules.domain.default_policies import default_rows
from sla_monitor.rules.domain.policy import PolicyTable
from sla_monitor.rules.domain.policy_reading import read_policy
from sla_monitor.rules.domain.rules import CalendarBook, PublishedCalendar, Rules
from sla_monitor.working_time.domain.calendar import Calendar, read_calendar

RIGA = ZoneInfo("Europe/Riga")
ALWAYS = datetime(2020, 1, 1, tzinfo=UTC)
OFFICE = {str(day): [["09:00", "17:00"]] for day in range(5)}
ROUND_THE_CLOCK = {str(day): [["00:00", "24:00"]] for day in range(7)}
HOLIDAYS = ["2026-11-18", "2026-12-24", "2026-12-25", "2026-12-26", "2026-12-31"]


def riga_calendar(version: int = 1, holidays: Iterable[str] = HOLIDAYS) -> Calendar:
    """The market calendar of product section 3."""
    return read_calendar(
        {"id": "lv", "version": version, "tz": "Europe/Riga", "weekly": OFFICE, "holidays": list(holidays)}
    )


def rules_of(*calendars: Calendar, rows: Iterable[dict[str, object]] = (), since: datetime = ALWAYS) -> Rules:
    """The default rows (or others) on the given versions of the market calendar; version n is in force n days later."""
    desk = read_calendar({"id": "desk", "tz": "UTC", "weekly": ROUND_THE_CLOCK})
    book = [PublishedCalendar(desk, since)]
    book += [PublishedCalendar(c, since if c.version == 1 else LATER + timedelta(c.version)) for c in calendars]
    table = list(rows) or default_rows("lv", "desk", since.isoformat())
    return Rules(PolicyTable(map(read_policy, table)), CalendarBook(book))


LATER = datetime(2030, 1, 1, tzinfo=UTC)
"""From when corrected calendars hold for new clocks; running ones take them by an explicit correction."""


def local(at: str | datetime) -> datetime:
    """A local time of Riga ("2026-09-15 10:00"), or an instant, as UTC."""
    return at if isinstance(at, datetime) else datetime.fromisoformat(at).replace(tzinfo=RIGA).astimezone(UTC)
