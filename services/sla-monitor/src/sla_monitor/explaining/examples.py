"""Three rounds of the Latvian market, told fact by fact: what the pictures and commands of the documents show."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from ombud_contracts.market import load_markets
from ombud_words import CaseId, PersonId, SellerId
from sla_monitor.clocks.domain import Clock, ClockRef, Fact, FactId, Fire, RecordFact, decide, evolve
from sla_monitor.clocks.views import ClockView, clock_view
from sla_monitor.rules.domain import ClockKind, Rules, Signal
from sla_monitor.rules.market_files import versions_of
from sla_monitor.rules.versions import read_rules

MARKET = "lv"
RIGA = ZoneInfo("Europe/Riga")


def example_clocks() -> Mapping[str, ClockView]:
    """Return the examples by name: a reply over a holiday, one given late, a resolution that was paused."""
    rules = example_rules()
    return {
        "reply-over-a-holiday": _reply_over_a_holiday(rules),
        "late-reply": _late_reply(rules),
        "paused-resolution": _paused_resolution(rules),
    }


def example_rules() -> Rules:
    """The Latvian market's rules as they are shipped."""
    return read_rules(versions_of(load_markets()[MARKET]))[MARKET]


def _reply_over_a_holiday(rules: Rules) -> ClockView:
    told = [Fact(FactId("evt_1"), Signal.BUYER_MESSAGE, at_riga("2026-11-17 16:30"))]
    return view_of("reply", told, "2026-11-19 08:45", rules)


def _late_reply(rules: Rules) -> ClockView:
    told = [
        Fact(FactId("evt_1"), Signal.BUYER_MESSAGE, at_riga("2026-10-16 14:00")),
        Fact(FactId("evt_2"), Signal.OTHER_REPLY, at_riga("2026-10-16 14:02"), reasons=("automated",)),
        Fact(FactId("evt_3"), Signal.QUALIFYING_REPLY, at_riga("2026-10-20 11:20")),
    ]
    return view_of("reply", told, "2026-10-21 09:00", rules)


def _paused_resolution(rules: Rules) -> ClockView:
    outage = (at_riga("2026-11-12 06:00"), at_riga("2026-11-12 18:00"))
    told = [
        Fact(FactId("evt_1"), Signal.CASE_OPENED, at_riga("2026-11-02 10:15")),
        Fact(FactId("evt_2"), Signal.INFORMATION_REQUESTED, at_riga("2026-11-04 11:00")),
        Fact(FactId("evt_3"), Signal.INFORMATION_RECEIVED, at_riga("2026-11-06 17:30")),
        Fact(
            FactId("evt_4"),
            Signal.TIME_CREDITED,
            outage[1],
            counts_from=outage[0],
            until=outage[1],
            reasons=("outage",),
        ),
        Fact(FactId("evt_5"), Signal.CASE_RESOLVED, at_riga("2026-11-20 13:10")),
    ]
    return view_of("first_resolution", told, "2026-11-21 09:00", rules)


def at_riga(local: str) -> datetime:
    """A local time of Riga as an instant."""
    return datetime.fromisoformat(local).replace(tzinfo=RIGA)


def view_of(kind: str, told: list[Fact], as_of: str, rules: Rules) -> ClockView:
    """What the screen shows when every fact and every deadline was told at once."""
    ref, clock = ClockRef(CaseId("cas_example"), ClockKind(kind), "", MARKET), None
    for fact in told:
        clock = _fired(clock, fact.at, rules)
        for event in decide(RecordFact(ref, fact, fact.at, rules, SellerId(PersonId("sel_example"))), clock):
            clock = evolve(clock, event)
    clock = _fired(clock, at_riga(as_of), rules)
    assert clock is not None
    return clock_view(clock, rules, at_riga(as_of))


def _fired(clock: Clock | None, now: datetime, rules: Rules) -> Clock | None:
    while clock is not None and clock.next_at is not None and clock.next_at <= now:
        for event in decide(Fire(clock.next_at, rules), clock):
            clock = evolve(clock, event)
    return clock
