"""What a dry run adds up, and the rules that it tries: those of a market as if a candidate had been in force."""

from dataclasses import dataclass, replace
from datetime import datetime

from sla_monitor.rules.domain.policy import ClockPolicy, PolicyTable
from sla_monitor.rules.domain.rules import CalendarBook, PublishedCalendar, Rules


@dataclass(frozen=True, slots=True)
class Totals:
    """What changed. Differences are what is gained less what is lost."""

    clocks_changed: int = 0
    breaches_gained: int = 0
    breaches_lost: int = 0
    takeovers_gained: int = 0
    takeovers_lost: int = 0
    proposals_gained: int = 0
    """Takeovers that a person would have been asked to decide: nothing is charged for these."""
    proposals_lost: int = 0
    charged_minor: int = 0
    """Change of what sellers are charged, VAT included, in minor units; negative when they pay less."""

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.clocks_changed + other.clocks_changed,
            self.breaches_gained + other.breaches_gained,
            self.breaches_lost + other.breaches_lost,
            self.takeovers_gained + other.takeovers_gained,
            self.takeovers_lost + other.takeovers_lost,
            self.proposals_gained + other.proposals_gained,
            self.proposals_lost + other.proposals_lost,
            self.charged_minor + other.charged_minor,
        )


NOTHING = Totals()


def with_policy(rules: Rules, row: ClockPolicy, since: datetime) -> Rules:
    """The rules as if a row had been in force since an instant, in place of later versions of its kind."""
    others = [r for r in rules.policies.rows if r.kind != row.kind]
    earlier = [
        replace(r, effective_until=None) if r.effective_until and r.effective_until > since else r
        for r in rules.policies.rows
        if r.kind == row.kind and r.effective_from < since
    ]
    tried = replace(row, effective_from=since, effective_until=None)
    return Rules(PolicyTable([*others, *earlier, tried]), rules.calendars)


def with_calendar(rules: Rules, candidate: PublishedCalendar, since: datetime) -> Rules:
    """The rules as if a calendar had been in force since an instant, in place of later versions of it."""
    id = candidate.calendar.id
    kept = [p for p in rules.calendars.published if p.calendar.id != id or p.effective_from < since]
    return Rules(rules.policies, CalendarBook([*kept, replace(candidate, effective_from=since)]))
