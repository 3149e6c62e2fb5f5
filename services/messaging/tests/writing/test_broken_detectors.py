"""A detector that raises holds the message and says so; it never loses it, and never lets it pass (section 7)."""

import json
from dataclasses import fields, replace
from typing import NoReturn

import pytest
from attachment_desk import AGENT, SELLER, Desk
from enforcement_desk import see, told

from chassis.aggregate import Cause, Session
from chassis.sealing import Sealer
from messaging.conversations.domain.asked import Asked, Question
from messaging.conversations.domain.event import Verdict
from messaging.policies.known import Policies
from messaging.writing.checks import DETECTOR_FAILED, AskedIn, Circumstances, examined
from messaging.writing.consumers import conversations
from messaging.writing.detectors import SHIPPED, Detectors
from messaging.writing.drafts import Drafts
from ombud_contracts import Metadata, Received
from ombud_contracts.events.ticketing import CaseOpened
from ombud_contracts.market import load_markets
from ombud_detection import SellerReply

LV = load_markets()["lv"]
QUESTION = AskedIn(
    "Kad piegādās?",
    (Asked(message_id="msg_1", place=0, question=Question(start=0, end=13, shown_start=0, shown_end=13)),),
)
REPLY = SellerReply(buyer="buy_1", asked="Kad piegādās?", text="Rīt no rīta.", latency_seconds=600, hour=12)


class DetectorBroke(Exception):
    """What a detector raises that nobody thought of."""


def broken(*_: object, **__: object) -> NoReturn:
    raise DetectorBroke


ASKED_OF = {"thanks": "buyer", "questions": "buyer", "automation": "seller", "addressed": "seller"}
"""Detectors that look at one side only."""


@pytest.mark.parametrize("name", [f.name for f in fields(Detectors)])
def test_a_detector_that_raises_holds_the_message_and_says_so(name: str) -> None:
    """INVARIANT: whatever breaks, the message waits for a person; a detector outside the guard would lose it."""
    role = ASKED_OF.get(name, "seller")
    detectors = replace(SHIPPED, **{name: broken})
    circumstances = Circumstances(
        author_role=role, language="lv", market=LV, reply=REPLY, asked=(QUESTION,), detectors=detectors
    )
    judged = examined("Rīt no rīta.", circumstances)
    assert (judged.checked.verdict, judged.found.verdict) == (Verdict.HOLD, Verdict.HOLD)
    assert (judged.checked.rules, judged.shown) == ((DETECTOR_FAILED,), "Rīt no rīta.")
    assert examined("Rīt no rīta.", replace(circumstances, detectors=SHIPPED)).checked.verdict == Verdict.DELIVER


async def test_a_message_that_broke_a_detector_is_kept_for_a_moderator_and_reaches_nobody(desk: Desk) -> None:
    """INVARIANT: the sealed original is stored, and the queue says what happened; an error to the author would lose it."""
    policies = Policies(fresh_seconds=3600)
    await policies.refresh(desk.mongo)
    sealer = Sealer(desk.mongo, "")
    drafts = Drafts(sealer, policies, replace(SHIPPED, contacts=broken))
    session = Session(desk.mongo, desk.clock)
    drafts.keep("drf_1", "buy_1", "Kad piegādās?", session.unit(Cause("draft", "test")))
    await session.commit()
    session = Session(desk.mongo, desk.clock)
    await conversations(load_markets(), drafts).handle(opened_with("drf_1", desk), session.unit(Cause("case", "test")))
    await session.commit()
    (shown,) = (await see(desk, AGENT, "/moderation/held"))["messages"]
    assert (shown["text"], shown["reasons"], shown["rules"]) == ("Kad piegādās?", [DETECTOR_FAILED], [DETECTOR_FAILED])
    assert (await see(desk, SELLER, "/conversations/cas_new/messages"))["messages"] == []
    (held,) = await told(desk, "message_held")
    assert json.loads(held["value"])["reasons"] == [DETECTOR_FAILED]


def opened_with(draft_id: str, desk: Desk) -> Received:
    """A case of the matter's buyer and seller, opened with a draft."""
    case = CaseOpened(
        case_id="cas_new",
        number="LV-26-2",
        market="lv",
        buyer_id="buy_1",
        seller_id="sel_1",
        order_id="ord_1",
        line_id="lin_1",
        reason="LATE",
        family="DELIVERY",
        phase="after",
        priority=2,
        priority_reasons=("deadline",),
        draft_id=draft_id,
        opened_by="buyer",
        opened_at=desk.clock.at,
    )
    metadata = Metadata(
        id="cas_new:1",
        subject="cas_new",
        sequence=1,
        key="cas_new",
        occurred_at=desk.clock.at,
        recorded_at=desk.clock.at,
        actor_kind="buyer",
        actor_id="buy_1",
        case_id="cas_new",
        correlation_id="test",
        causation_id="test",
    )
    return Received(metadata=metadata, event=case, type=case.type)
