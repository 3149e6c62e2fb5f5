"""People who complain about a seller's conduct, investigate, answer and judge, on a replica of messaging with real MongoDB."""

import uuid
from typing import Any

from attachment_desk import BUYER, SELLER, Desk, Json
from enforcement_desk import do, see

from chassis.aggregate import Cause, Session
from chassis.testing.desk import received
from messaging.conduct.consumers import on_finding, on_verdict
from messaging.conduct.silence import on_clock_of_complaint
from ombud_contracts import Event
from ombud_contracts.events import sla_monitor as clocks
from ombud_contracts.events.takeovers import TakeoverJudged
from ombud_contracts.events.ticketing import TakeoverReversed

INVESTIGATOR, ANOTHER = "mediator:med_1:lv", "mediator:med_2:lv"
REVIEWER, SECOND_REVIEWER = "supervisor:sup_1:lv", "supervisor:sup_2:lv"
WORDS = "Pārdevējs draudēja, ja neatsaukšu sūdzību."
ALLEGED = "Jūs esot draudējuši pircējam, lai sūdzība tiktu atsaukta."
ANSWERED = "Tā nebija, es tikai atgādināju par termiņu."
THREAT: Json = {"grounds": ["THREAT", "PRESSURE_TO_WITHDRAW"], "statement": WORDS}
FOUND: Json = {"result": "FOUND", "reasons": ["words_on_record"]}
NOT_FOUND: Json = {"result": "NOT_FOUND", "reasons": ["nothing_on_record"]}
WRONG: Json = {"grounds": ["words_misread"]}


async def filed(desk: Desk) -> str:
    """A complaint that nobody has looked at."""
    made = await do(desk, BUYER, f"/conversations/{desk.case}/conduct-complaints", THREAT, 201)
    return f"/conduct-complaints/{made['complaint_id']}"


async def investigated(desk: Desk) -> str:
    """A complaint that the investigator took."""
    path = await filed(desk)
    await do(desk, INVESTIGATOR, f"{path}/investigation")
    return path


async def told_of(desk: Desk) -> str:
    """A complaint of which the seller was told."""
    path = await investigated(desk)
    await do(desk, INVESTIGATOR, f"{path}/telling", {"allegation": ALLEGED})
    return path


async def heard(desk: Desk) -> str:
    """A complaint that the seller answered."""
    path = await told_of(desk)
    await do(desk, SELLER, f"{path}/answer", {"answer": ANSWERED})
    return path


async def found(desk: Desk) -> str:
    """A complaint that was found justified."""
    path = await heard(desk)
    await do(desk, INVESTIGATOR, f"{path}/decision", FOUND)
    return path


async def judged(desk: Desk, path: str, by: str, outcome: str, reviewer: str = REVIEWER) -> Json:
    """Have a side appeal, and the appeal decided."""
    await do(desk, by, f"{path}/appeals", WRONG)
    return await do(desk, reviewer, f"{path}/appeals/decision", {"outcome": outcome, "reasons": ["looked_again"]})


async def standing(desk: Desk, who: str = SELLER) -> Json | None:
    """Where the seller stands, or None when nothing was ever found."""
    standings = (await see(desk, who, "/conduct-standings/sel_1"))["standings"]
    return standings[0] if standings else None


async def refusal(desk: Desk, who: str, path: str, body: object = None) -> str:
    """Send what is refused, and return how; nothing is told of it."""
    rows = await desk.mongo.find("outbox", {}, limit=1_000)
    problem = await do(desk, who, path, body, 409)
    assert len(await desk.mongo.find("outbox", {}, limit=1_000)) == len(rows)
    return str(problem["type"]).rpartition(":")[2].rpartition("/")[2]


async def silence(
    desk: Desk, path: str, word: str, kind: str = "conduct_hearing", sequence: int = 1, **changed: Any
) -> None:
    """Let the clock of a complaint say that its time is over."""
    breach = clocks.ClockBreached(
        **{
            "clock_id": _clock(path, kind),
            "case_id": desk.case,
            "kind": kind,
            "subject": path.rpartition("/")[2],
            "about": "conduct_complaint",
            "owner": "seller",
            "round": 1,
            "due_by": desk.clock(),
            "emitted_late": False,
            "still_owed": True,
            "on_silence": word,
            "policy_version": "1",
            "calendar_version": "1",
            "trace": (),
        }
        | changed
    )
    await hear(desk, breach, sequence, _clock(path, kind))


async def withdrawn(desk: Desk, path: str, round: int = 1, sequence: int = 2) -> None:
    """Let the clock of a hearing say that its time was not over."""
    clock_id = _clock(path, "conduct_hearing")
    breach = clocks.BreachWithdrawn(
        clock_id=clock_id,
        case_id=desk.case,
        kind="conduct_hearing",
        subject=path.rpartition("/")[2],
        about="conduct_complaint",
        owner="seller",
        round=round,
        cause="time_credited",
        withdrawn_at=desk.clock(),
    )
    await hear(desk, breach, sequence, clock_id)


def _clock(path: str, kind: str) -> str:
    return f"clk_{kind}_{path.rpartition('/')[2]}"


async def hear(desk: Desk, event: Event, sequence: int = 1, subject: str = "clk_1") -> None:
    """Bring what another service tells to the part of the consumer that is about conduct."""
    session = Session(desk.mongo, desk.clock)
    unit = session.unit(Cause(uuid.uuid4().hex, "test"))
    arrived = received(event, desk.clock(), sequence=sequence, subject=subject)
    await on_clock_of_complaint(arrived, unit)
    await on_verdict(arrived, unit)
    await on_finding(arrived, unit)
    await session.commit()


def verdict(desk: Desk, word: str = "confirmed", trigger: str = "T5", **changes: object) -> TakeoverJudged:
    """What a person said about a report of which the takeover was made."""
    return TakeoverJudged.model_construct(
        takeover_id="tko_1",
        case_id=desk.case,
        seller_id="sel_1",
        buyer_id="buy_1",
        trigger=trigger,
        verdict=word,
        reason="expert_says_so",
        facts=("dsp_1:3",),
        decider_id="sup_9",
        judged_at=desk.clock(),
    ).model_copy(update=changes)


def undone(desk: Desk, takeover_id: str = "tko_1") -> TakeoverReversed:
    """The takeover was reversed."""
    return TakeoverReversed.model_construct(takeover_id=takeover_id, case_id=desk.case, reversed_at=desk.clock())


async def types_told(desk: Desk) -> list[str]:
    """Return the types of what was told about conduct, in the order in which it happened."""
    rows = await desk.mongo.find("outbox", {}, sort=[("_id", 1)], limit=1_000)
    types = [dict(row["headers"])["ce_type"].decode() for row in rows]
    return [type for type in types if type.startswith(("messaging.conduct_", "messaging.review_"))]
