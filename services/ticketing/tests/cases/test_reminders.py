"""Whoever has a right is told that it ends soon, in the case that it belongs to (R-38)."""

from collections.abc import AsyncIterator

import pytest
from bought_phone import AGENT, BOUGHT, BUYER, CONTACT, DELIVERED, SELLER
from casework_desk import on_clock

from chassis.testing import NOON, told
from chassis.testing.desk import Desk, a_desk
from ombud_contracts.events import disputes
from ombud_contracts.events.sla_monitor import ClockWarned
from ticketing.app import SERVICE
from ticketing.notices.rendering import languages, render

pytestmark = pytest.mark.rule("R-38")
REMINDERS = {
    "claim_window": ("buyer", "reminder_claim", [BUYER]),
    "escalation_window": ("buyer", "reminder_escalation", [BUYER]),
    "appeal_window": ("parties", "reminder_appeal", [BUYER, SELLER]),
    "takeover_appeal_window": ("seller", "reminder_takeover_appeal", [SELLER]),
    "contest_window": ("seller", "reminder_contest", [SELLER]),
    "conduct_appeal_window": ("seller", "reminder_conduct_appeal", [SELLER]),
}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk(SERVICE) as made:
        await made.hears(BOUGHT, DELIVERED)
        yield made


class Windows:
    """What clocks of windows warn of, each after the other."""

    def __init__(self, desk: Desk, case_id: str) -> None:
        self.desk, self.case_id, self.heard = desk, case_id, 0

    async def warns(
        self, kind: str, days: int | None, subject: str = "dsp_1", round: int = 1, owner: str | None = None
    ) -> None:
        self.heard += 1
        of_case = kind == "claim_window"
        about = {"about": "case" if of_case else "dispute", "subject": "" if of_case else subject}
        head = {"clock_id": "clk_7", "case_id": self.case_id, "kind": kind, **about}
        said = {"owner": owner or REMINDERS[kind][0], "round": round, "percent": 76, "reached_at": NOON, "due_by": NOON}
        warned = on_clock(ClockWarned, **head | said, days_before=days)
        await self.desk.hears(told(warned, "clk_7", self.heard, case_id=self.case_id))

    async def appeal_decided(self, **left: str | None) -> None:
        """The appeal of a side is decided; who may appeal after it, if anybody."""
        self.heard += 1
        head = {"dispute_id": "dsp_1", "case_id": self.case_id, "appeal_id": f"apl_{self.heard}", "outcome": "UPHELD"}
        decided = disputes.AppealDecided.model_construct(**head, **left)
        await self.desk.hears(told(decided, "dsp_1", self.heard, case_id=self.case_id))

    async def notices(self, who: str, about: str = "reminder_") -> list[str]:
        shown = (await self.desk.get(who, f"/cases/{self.case_id}/notices?language=en")).json()["notices"]
        return [notice["template"] for notice in shown if notice["template"].startswith(about)]


@pytest.fixture
async def windows(desk: Desk) -> Windows:
    return Windows(desk, (await desk.done(BUYER, "/cases", CONTACT))["case_id"])


@pytest.mark.parametrize("kind", REMINDERS)
async def test_who_has_a_right_is_told_twice_that_it_ends_and_nobody_else(windows: Windows, kind: str) -> None:
    """INVARIANT: would break if a right were lost in silence, or a side heard of what is not its own."""
    _, notice, whose = REMINDERS[kind]
    for days in (7, 7, 1):
        await windows.warns(kind, days)
    for who in (BUYER, SELLER):
        assert await windows.notices(who) == ([notice] * 2 if who in whose else [])


async def test_a_share_of_the_time_reminds_nobody(windows: Windows) -> None:
    await windows.warns("appeal_window", None)
    assert await windows.notices(AGENT) == []


async def test_each_dispute_and_each_round_has_reminders_of_its_own(windows: Windows) -> None:
    for subject, round in (("dsp_1", 1), ("dsp_2", 1), ("dsp_1", 2)):
        await windows.warns("appeal_window", 7, subject, round)
    assert len(await windows.notices(BUYER)) == 3


@pytest.mark.parametrize(("left", "who", "other"), [("buyer", BUYER, SELLER), ("seller", SELLER, BUYER)])
async def test_after_an_appeal_the_side_that_waited_is_told_and_reminded_and_the_other_is_not(
    windows: Windows, left: str, who: str, other: str
) -> None:
    """INVARIANT: would break if the end of a right came unannounced to whoever was told to wait."""
    await windows.appeal_decided(appeal_by=left)
    for days in (7, 1):
        await windows.warns("appeal_window", days, round=2, owner=left)
    assert await windows.notices(who, "decision_upheld") == ["decision_upheld"]
    assert await windows.notices(who) == ["reminder_appeal"] * 2
    await windows.appeal_decided(appeal_by=None)
    assert await windows.notices(other, "decision_upheld") + await windows.notices(other) == []
    assert await windows.notices(who, "decision_upheld") == ["decision_upheld"]


@pytest.mark.parametrize("language", sorted(languages()))
def test_every_reminder_is_said_in_every_language(language: str) -> None:
    notices = {notice for _, notice, _ in REMINDERS.values()} | {"decision_upheld"}
    said = {render(notice, language, number="LV-26-1", since="2026-09-15") for notice in notices}
    assert len(said) == len(notices)
    assert all("LV-26-1" in text for text in said)
    english = {render(notice, "en", number="LV-26-1", since="2026-09-15") for notice in notices}
    assert language == "en" or not said & english
