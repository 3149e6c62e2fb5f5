"""Returns in a case: T3 where the seller stays silent, what both sides are told, and that the case is not closed over one."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from bought_phone import AGENT, BOUGHT, BUYER, CONTACT, DELIVERED, SELLER
from casework_desk import on_clock
from complaints import DUE_BY, TRACE

from chassis.testing import NOON, told
from chassis.testing.desk import Desk, Json, a_desk
from ombud_contracts import Event
from ombud_contracts.events import returns
from ombud_contracts.events import sla_monitor as clocks
from ombud_contracts.events.messaging import MessageDelivered
from ombud_contracts.golden import golden_example
from ombud_words import Trigger
from ticketing.app import SERVICE
from ticketing.notices.rendering import languages, render

GRACE_ENDS_AT = NOON + timedelta(days=1)
WORD = "takeover_rights_breach"


class Returning:
    """A case with a return, and what disputes and clocks tell of it in order."""

    def __init__(self, desk: Desk, case_id: str) -> None:
        self.desk, self.case_id = desk, case_id
        self.of_return = self.of_clock = 0

    async def tell(self, event: type[returns.ReturnEvent], **members: Any) -> None:
        """Something happens in the return."""
        self.of_return += 1
        data = golden_example(event)["data"] | {"case_id": self.case_id, "return_id": "ret_1"} | members
        await self._hear(event.model_validate(data), "ret_1", self.of_return)

    async def breached(self, kind: str) -> None:
        """A deadline of the return passes, with the grace of its row."""
        said = {"due_by": DUE_BY, "emitted_late": False, "still_owed": True, "on_silence": WORD}
        versions = {"policy_version": "1", "calendar_version": "1", "trace": TRACE}
        await self._clock(clocks.ClockBreached, kind, **said, **versions, grace_ends_at=GRACE_ENDS_AT)

    async def grace_ends(self, kind: str) -> None:
        """The reminder was of no use."""
        self.desk.clock.at = GRACE_ENDS_AT
        await self._clock(clocks.GraceEnded, kind, on_silence=WORD, ended_at=GRACE_ENDS_AT)

    async def _clock(self, event: type[clocks.ClockEvent], kind: str, **members: Any) -> None:
        self.of_clock += 1
        head = {"clock_id": "clk_7", "case_id": self.case_id, "kind": kind, "about": "return", "subject": "ret_1"}
        await self._hear(on_clock(event, **head, **members), "clk_7", self.of_clock)

    async def _hear(self, said: Event, subject: str, place: int) -> None:
        await self.desk.hears(told(said, subject, place, case_id=self.case_id))

    async def replied(self) -> None:
        """The seller writes in the conversation, and does nothing about the return."""
        reply = MessageDelivered.model_construct(
            case_id=self.case_id, author_role="seller", audience="thread", qualifies=True, submitted_at=NOON
        )
        await self._hear(reply, "cnv_1", 2)

    async def statuses(self) -> list[tuple[str, str]]:
        found: list[Json] = (await self.desk.get(AGENT, f"/cases/{self.case_id}/takeovers")).json()
        return [(takeover["trigger"], takeover["status"]) for takeover in found]

    async def notices(self, who: str) -> list[str]:
        shown = (await self.desk.get(who, f"/cases/{self.case_id}/notices?language=en")).json()["notices"]
        return [notice["template"] for notice in shown if notice["template"].startswith("return_")]


@pytest.fixture
async def returning() -> AsyncIterator[Returning]:
    async with a_desk(SERVICE) as desk:
        await desk.hears(BOUGHT, DELIVERED)
        case = await desk.done(BUYER, "/cases", CONTACT | {"reason": "CHANGE_OF_MIND"})
        made = Returning(desk, case["case_id"])
        await made.tell(returns.ReturnRequested)
        yield made


@pytest.mark.parametrize("kind", ["return_answer", "refund_after_receipt"])
async def test_a_return_that_the_seller_ignores_is_taken_over_after_one_reminder(
    returning: Returning, kind: str
) -> None:
    """INVARIANT: T3; would break if a buyer needed a dispute beside the return, or the seller were not reminded first."""
    await returning.breached(kind)
    assert await returning.statuses() == [(Trigger.RIGHTS_BREACH, "WARNED")]
    await returning.grace_ends(kind)
    assert await returning.statuses() == [(Trigger.RIGHTS_BREACH, "ACTIVE")]


async def test_a_message_alone_does_nothing_about_a_return(returning: Returning) -> None:
    """INVARIANT: would break if a reply in the conversation kept a contact whose return nobody answered."""
    await returning.breached("return_answer")
    await returning.replied()
    await returning.grace_ends("return_answer")
    assert await returning.statuses() == [(Trigger.RIGHTS_BREACH, "ACTIVE")]


@pytest.mark.rule("S-9")
@pytest.mark.parametrize(
    ("kind", "done", "status"),
    [
        ("return_answer", returns.ReturnAccepted, "DECLINED"),
        ("return_answer", returns.ReturnRefused, "DECLINED"),
        ("return_answer", returns.ReturnShipped, "ACTIVE"),
        ("refund_after_receipt", returns.ReturnRefundOrdered, "DECLINED"),
        ("refund_after_receipt", returns.ReturnAccepted, "ACTIVE"),
    ],
)
async def test_what_was_done_since_the_reminder_is_not_taken_over(
    returning: Returning, kind: str, done: type[returns.ReturnEvent], status: str
) -> None:
    await returning.breached(kind)
    await returning.tell(done)
    await returning.grace_ends(kind)
    assert await returning.statuses() == [(Trigger.RIGHTS_BREACH, status)]


async def test_a_case_is_not_closed_over_a_return(returning: Returning) -> None:
    path = f"/cases/{returning.case_id}/resolution"
    answer = await returning.desk.post(AGENT, path, {"outcome": "refunded"})
    assert (answer.status_code, answer.json()["unfinished"]) == (409, ["ret_1"])
    await returning.tell(returns.ReturnEnded, outcome="CANCELLED")
    await returning.desk.done(AGENT, path, {"outcome": "refunded"})


@pytest.mark.parametrize(("step", "members"), [(returns.ReturnShipped, {}), (returns.DeductionDisputed, {})])
async def test_a_return_that_goes_on_after_its_end_keeps_its_case_from_being_closed(
    returning: Returning, step: type[returns.ReturnEvent], members: dict[str, Any]
) -> None:
    """INVARIANT: S-3; would break if what was taken back in a return were forgotten with its case."""
    path = f"/cases/{returning.case_id}/resolution"
    await returning.tell(returns.ReturnEnded, outcome="LAPSED")
    await returning.tell(step, **members)
    answer = await returning.desk.post(AGENT, path, {"outcome": "refunded"})
    assert (answer.status_code, answer.json()["unfinished"]) == (409, ["ret_1"])
    await returning.tell(returns.ReturnEnded, outcome="REFUNDED")
    await returning.desk.done(AGENT, path, {"outcome": "refunded"})


@pytest.mark.rule("S-3")
async def test_what_the_platform_accepted_without_right_is_owed_by_the_seller_again(returning: Returning) -> None:
    """INVARIANT: would break if an acceptance that was taken back counted as the seller's answer."""
    await returning.tell(returns.ReturnAccepted, by="system")
    await returning.tell(returns.ReturnStepReopened, step="return_answer")
    await returning.breached("return_answer")
    await returning.grace_ends("return_answer")
    assert await returning.statuses() == [(Trigger.RIGHTS_BREACH, "ACTIVE")]


async def test_a_breach_that_is_heard_after_its_grace_reminds_first_all_the_same(returning: Returning) -> None:
    """INVARIANT: T3; would break if a delay of ours took a contact over of which its seller was never reminded."""
    returning.desk.clock.at = GRACE_ENDS_AT + timedelta(seconds=1)
    await returning.breached("return_answer")
    assert await returning.statuses() == [(Trigger.RIGHTS_BREACH, "WARNED")]
    await returning.grace_ends("return_answer")
    assert await returning.statuses() == [(Trigger.RIGHTS_BREACH, "ACTIVE")]


async def test_a_contact_is_not_moved_away_from_the_seller_over_a_return(returning: Returning) -> None:
    """INVARIANT: would break if an item came back to a seller who may see neither it nor what it costs."""
    path, wrong_door = f"/cases/{returning.case_id}/move", {"to": "platform", "reason": "wrong_door"}
    answer = await returning.desk.post(AGENT, path, wrong_door)
    assert (answer.status_code, answer.json()["unfinished"]) == (409, ["ret_1"])
    await returning.tell(returns.ReturnEnded, outcome="CANCELLED")
    await returning.desk.done(AGENT, path, wrong_door)


async def test_who_is_not_a_party_any_more_is_told_nothing(returning: Returning) -> None:
    """INVARIANT: would break if a seller heard how a contact goes on that was moved away from it."""
    await returning.tell(returns.ReturnEnded, outcome="CANCELLED")
    wrong_door = {"to": "platform", "reason": "wrong_door"}
    await returning.desk.done(AGENT, f"/cases/{returning.case_id}/move", wrong_door)
    await returning.tell(returns.ReturnShipped)
    await returning.tell(returns.ReturnReceived)
    told_of = {e["template"]: e["recipients"] for e in await returning.desk.events_of("ticketing.notice_issued")}
    assert "return_shipped" not in told_of
    assert told_of["return_received"] == ["buyer"]
    shown = (await returning.desk.get(SELLER, f"/cases/{returning.case_id}/notices")).json()["notices"]
    assert "return_received" not in [notice["template"] for notice in shown]


@pytest.mark.parametrize(
    ("event", "members", "notice", "who"),
    [
        (returns.ReturnEnded, {"outcome": "REFUND_GIVEN_UP"}, "return_refund_given_up", (BUYER, SELLER)),
        (returns.ReturnLabelChargeWithdrawn, {}, "return_label_charge_withdrawn", (SELLER,)),
        (returns.ReturnStepReopened, {"step": "return_answer"}, "return_answer_reopened", (BUYER, SELLER)),
        (returns.ReturnStepReopened, {"step": "return_shipment"}, "return_lapse_withdrawn", (BUYER,)),
        (returns.ReturnStepReopened, {"step": "deduction_answer"}, "return_deduction_reopened", (BUYER, SELLER)),
    ],
)
async def test_who_can_do_something_after_all_or_pays_no_more_is_told_so(
    returning: Returning,
    event: type[returns.ReturnEvent],
    members: dict[str, Any],
    notice: str,
    who: tuple[str, ...],
) -> None:
    """R-38: nobody loses a right by not knowing."""
    await returning.tell(event, **members)
    assert {reader for reader in (BUYER, SELLER) if notice in await returning.notices(reader)} == set(who)


@pytest.mark.rule("R-34")
async def test_both_sides_are_told_where_a_return_is_and_nobody_what_is_not_theirs(returning: Returning) -> None:
    await returning.tell(returns.ReturnAccepted)
    await returning.tell(returns.ReturnLabelIssued, charged=None, by="seller")
    await returning.tell(returns.ReturnShipped)
    await returning.tell(returns.ReturnReceived)
    await returning.tell(returns.ReturnInspected)
    await returning.tell(returns.DeductionDisputed)
    await returning.tell(returns.ReturnEnded, outcome="PARTLY_REFUNDED")
    both = ["return_requested", "return_accepted", "return_received", "return_partly_refunded"]
    mine = {
        BUYER: ["return_label_issued", "return_deduction_made"],
        SELLER: ["return_shipped", "return_deduction_disputed"],
    }
    for who, more in mine.items():
        assert sorted(await returning.notices(who)) == sorted([*both, *more])


async def test_an_inspection_that_keeps_nothing_asks_nothing_of_the_buyer(returning: Returning) -> None:
    await returning.tell(returns.ReturnInspected, deduction_minor=0, deviations=(), photos=())
    assert await returning.notices(BUYER) == ["return_requested"]


@pytest.mark.parametrize("language", sorted(languages()))
def test_every_notice_of_a_return_is_said_in_every_language(language: str) -> None:
    for template in (
        "return_requested",
        "return_label_by_platform",
        "return_lost",
        "return_lapsed",
        "return_deduction_reopened",
    ):
        text = render(template, language, number="LV-26-7", since="2026-09-15 12:00 UTC")
        assert "LV-26-7" in text
        assert "2026-09-15" in text
