"""Runs of payouts, and disputes that hold money back from them, as billing hears of both."""

from datetime import datetime

from billing_desk import PARTIES
from money_bench import by

from chassis.testing import NOON
from ombud_contracts.events import disputes
from ombud_contracts.events.payouts import PayoutRun

ENDS: dict[str, disputes.DisputeEvent] = {
    "settled": disputes.DisputeSettled(
        **PARTIES,
        dispute_id="dsp_1",
        case_id="cas_1",
        offer_id="ofr_1",
        accepted_by="buyer",
        decision=by("dec_1", 1_000).decision,
        settled_at=NOON,
    ),
    "executed": disputes.DisputeExecuted(dispute_id="dsp_1", case_id="cas_1", executed_at=NOON),
    "closed": disputes.DisputeClosed(dispute_id="dsp_1", case_id="cas_1", closed_at=NOON),
    "withdrawn": disputes.DisputeWithdrawn(dispute_id="dsp_1", case_id="cas_1", withdrawn_at=NOON),
    "lapsed": disputes.DisputeLapsed(dispute_id="dsp_1", case_id="cas_1", lapsed_at=NOON),
}


def opened(dispute_id: str = "dsp_1", **changes: object) -> disputes.DisputeOpened:
    told = disputes.DisputeOpened(
        **PARTIES,
        dispute_id=dispute_id,
        case_id="cas_1",
        reason="DEFECTIVE",
        family="CONFORMITY",
        claimed_remedy="REPAIR",
        claimed_minor=0,
        currency="EUR",
        stage="NEGOTIATION",
        opened_by="buyer",
        opened_at=NOON,
    )
    return told.model_copy(update=changes)


def a_run(number: int = 1, at: datetime = NOON, **changes: object) -> PayoutRun:
    told = PayoutRun(run_id=f"run_{number}", seller_id="sel_2", market="lv", currency="EUR", run_at=at)
    return told.model_copy(update=changes)
