"""A case in which something is reported, with the buyer's claim and evidence."""

from bought_phone import AGENT, BUYER, CONTACT

from chassis.testing import NOON, told
from chassis.testing.desk import Desk, Json
from ombud_contracts.events import disputes
from ombud_contracts.events.marketplace import DeviceChecked

ANSWER = DeviceChecked(
    order_id="ord_3", line_id="lin_4", imei="490154203237518", blocked=True, answered_by="gsma", checked_at=NOON
)


async def reported(desk: Desk, reason: str = "LOCKED_DEVICE", claimed: str = "", proof: str = "photo") -> str:
    """A case, a claim of the buyer and the buyer's evidence."""
    case: Json = await desk.done(BUYER, "/cases", CONTACT | {"reason": reason})
    claim = disputes.DisputeOpened.model_construct(**_of(case), reason=claimed or reason, opened_by="buyer")
    await desk.hears(told(claim, "dsp_1", 1, case_id=case["case_id"]))
    await shows(desk, case["case_id"], proof, "buyer", 2)
    return str(case["case_id"])


async def shows(desk: Desk, case_id: str, kind: str, by: str, sequence: int) -> None:
    """Somebody submits evidence."""
    evidence = disputes.EvidenceSubmitted.model_construct(
        dispute_id="dsp_1", case_id=case_id, kind=kind, audience="thread", by=by
    )
    await desk.hears(told(evidence, "dsp_1", sequence, case_id=case_id))


def _of(case: Json) -> dict[str, str]:
    return {"dispute_id": "dsp_1", "case_id": case["case_id"]}


async def takeover_of(desk: Desk, case_id: str, reader: str = AGENT) -> Json:
    (takeover,) = (await desk.get(reader, f"/cases/{case_id}/takeovers")).json()
    found: Json = takeover
    return found
