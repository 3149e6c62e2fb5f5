"""Whoever decides a dispute on what has moved on since is told so, and nothing is decided."""

from disputes_desk import BUYER, MEDIATOR, a_mediated_dispute, decision

from chassis.testing.desk import Desk

PROOF = {"kind": "statement", "content_base64": "SXQgbmV2ZXIgdHVybmVkIG9uLg=="}


async def test_a_mediator_does_not_decide_over_evidence_that_came_in_meanwhile(casework: Desk) -> None:
    id = await a_mediated_dispute(casework)
    seen = (await casework.get(MEDIATOR, f"/disputes/{id}")).headers["ETag"]
    await casework.done(BUYER, f"/disputes/{id}/evidence", PROOF)
    late = await casework.post(MEDIATOR, f"/disputes/{id}/decision", decision(), if_match=seen)
    assert (late.status_code, late.json()["type"]) == (412, "urn:ombud:problem:precondition_failed")
    shown = await casework.get(MEDIATOR, f"/disputes/{id}")
    assert shown.json()["stage"] == "MEDIATION"
    tag = shown.headers["ETag"]
    assert (await casework.post(MEDIATOR, f"/disputes/{id}/decision", decision(), if_match=tag)).status_code == 200
    another = await casework.post("mediator:med_8", f"/disputes/{id}/decision", decision("NONE"), if_match=tag)
    assert another.status_code == 412
