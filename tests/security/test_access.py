"""Access, over every route of every service: what one may not see is 404, a role that may not act is refused, nobody is 401.

The routes come from the services' own OpenAPI; a route without a row here fails.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from matter import ADMINISTRATOR, AGENT, BUYER, MEDIATOR, PICTURE, SELLER, SUPERVISOR, Actor, Matter

FOREIGNERS: tuple[Actor, ...] = (("buyer", "buy_other"), ("seller", "sel_other"))
STATEMENT_BODY = {"reason": "test"}
APPEAL, APPEAL_DECISION = {"grounds": ["facts_wrong"]}, {"outcome": "UPHELD", "reasons": ["facts_hold"]}
_SOON = datetime.now(UTC) + timedelta(days=3)
EVIDENCE = {"kind": "statement", "content_base64": "SGVsbG8gdGhlcmU="}
MONEY = {"remedy": "NONE", "currency": "EUR"}
BODIES: dict[tuple[str, str], object] = {
    ("ticketing", "POST /cases/{case_id}/resolution"): {"outcome": "answered"},
    ("ticketing", "POST /cases/{case_id}/closure"): None,
    ("ticketing", "POST /cases/{case_id}/links"): {"case_id": "cas_other", "kind": "same_order"},
    ("ticketing", "POST /cases/{case_id}/merge"): {"into": "cas_other"},
    ("ticketing", "POST /cases/{case_id}/move"): {"to": "platform", "reason": "wrong_door"},
    ("ticketing", "POST /cases/{case_id}/takeovers"): {"trigger": "T2", "facts": []},
    ("ticketing", "POST /cases/{case_id}/takeover-proposals"): {"trigger": "T2", "facts": []},
    ("ticketing", "POST /takeovers/{takeover_id}/activation"): None,
    ("ticketing", "POST /takeovers/{takeover_id}/refusal"): STATEMENT_BODY,
    ("ticketing", "POST /takeovers/{takeover_id}/hand-back"): STATEMENT_BODY,
    ("ticketing", "POST /takeovers/{takeover_id}/unlock-answer"): {"unlocked": True},
    ("ticketing", "POST /takeovers/{takeover_id}/verdict"): {"confirmed": True, "reason": "test"},
    ("ticketing", "POST /takeovers/{takeover_id}/reversal"): STATEMENT_BODY,
    ("ticketing", "POST /cases/{case_id}/promises"): {"what": "LABEL", "due_by": f"{_SOON:%Y-%m-%d}T12:00:00Z"},
    ("ticketing", "GET /cases/{case_id}/promises"): None,
    ("ticketing", "POST /promises/{promise_id}/fulfilment"): None,
    ("ticketing", "POST /promises/{promise_id}/withdrawal"): {"reason": "not_needed"},
    ("ticketing", "POST /takeovers/{takeover_id}/appeals"): APPEAL,
    ("ticketing", "POST /takeovers/{takeover_id}/appeals/decision"): APPEAL_DECISION,
    ("ticketing", "GET /cases/{case_id}"): None,
    ("ticketing", "GET /cases/{case_id}/context"): None,
    ("ticketing", "GET /cases/{case_id}/timeline"): None,
    ("ticketing", "GET /cases/{case_id}/timeline/events"): None,
    ("ticketing", "GET /cases/{case_id}/notices"): None,
    ("ticketing", "GET /cases/{case_id}/takeovers"): None,
    ("ticketing", "GET /takeovers/{takeover_id}"): None,
    ("messaging", "POST /conversations/{case_id}/messages"): {"text": "Hello"},
    ("messaging", "POST /conversations/{case_id}/messages/check"): {"text": "Hello"},
    ("messaging", "POST /conversations/{case_id}/attachments"): PICTURE,
    ("messaging", "GET /messages/{message_id}/attachments/{attachment_id}/link"): None,
    ("messaging", "GET /attachments/{token}"): None,
    ("messaging", "GET /conversations/{case_id}"): None,
    ("messaging", "GET /conversations/{case_id}/messages"): None,
    ("messaging", "GET /conversations/{case_id}/events"): None,
    ("messaging", "POST /conversations/{case_id}/read-marks"): {"position": 1},
    ("messaging", "GET /messages/{message_id}"): None,
    ("messaging", "POST /messages/{message_id}/translations"): {"language": "de", "text": "Unterwegs zu Ihnen."},
    ("messaging", "GET /messages/{message_id}/translations"): None,
    ("messaging", "POST /conversations/{case_id}/waiver"): None,
    ("messaging", "POST /conversations/{case_id}/waiver-revocation"): None,
    ("messaging", "POST /conversations/{case_id}/waiver-proposal"): STATEMENT_BODY,
    ("messaging", "POST /conversations/{case_id}/waiver-proposal/acceptance"): None,
    ("messaging", "POST /conversations/{case_id}/waiver-proposal/refusal"): STATEMENT_BODY,
    ("messaging", "POST /conversations/{case_id}/buyer-lock"): {"reason": "insults", "hours": 1},
    ("messaging", "POST /conversations/{case_id}/buyer-unlock"): {"reason": "insults"},
    ("messaging", "POST /messages/{message_id}/contest"): {"ground": "not_answered"},
    ("messaging", "POST /messages/{message_id}/appeal"): None,
    ("messaging", "POST /messages/{message_id}/release"): None,
    ("messaging", "POST /messages/{message_id}/rejection"): {"reasons": ["test"]},
    ("messaging", "POST /messages/{message_id}/original-readings"): {"purpose": "dispute"},
    ("messaging", "GET /erasures/{erasure_id}"): None,
    ("messaging", "POST /messages/{message_id}/assignment"): None,
    ("messaging", "POST /messages/{message_id}/unassignment"): None,
    ("messaging", "GET /sanctions/{person_id}"): None,
    ("messaging", "GET /moderation/sanctions/{sanction_id}"): None,
    ("messaging", "POST /sanctions/{sanction_id}/appeals"): {"grounds": ["test"]},
    ("messaging", "POST /sanctions/{sanction_id}/reversal"): {"reasons": ["test"]},
    ("messaging", "POST /sanctions/{sanction_id}/upholding"): {"reasons": ["test"]},
    ("messaging", "POST /conversations/{case_id}/conduct-complaints"): {"grounds": ["THREAT"], "statement": "Draudi."},
    ("messaging", "GET /conversations/{case_id}/conduct-complaints"): None,
    ("messaging", "GET /conduct-complaints/{complaint_id}"): None,
    ("messaging", "POST /conduct-complaints/{complaint_id}/investigation"): None,
    ("messaging", "POST /conduct-complaints/{complaint_id}/telling"): {"allegation": "Draudi."},
    ("messaging", "POST /conduct-complaints/{complaint_id}/answer"): {"answer": "Nē."},
    ("messaging", "POST /conduct-complaints/{complaint_id}/decision"): {"result": "NOT_FOUND", "reasons": ["test"]},
    ("messaging", "POST /conduct-complaints/{complaint_id}/appeals"): APPEAL,
    ("messaging", "POST /conduct-complaints/{complaint_id}/appeals/decision"): APPEAL_DECISION,
    ("messaging", "GET /conduct-standings/{seller_id}"): None,
    ("messaging", "GET /claim-standings/{buyer_id}"): None,
    ("messaging", "GET /policy-candidates/{candidate_id}"): None,
    ("messaging", "POST /policy-candidates/{candidate_id}/dry-runs"): {
        "from_at": "2026-09-01T00:00:00Z",
        "to_at": "2026-09-02T00:00:00Z",
    },
    ("messaging", "POST /policy-candidates/{candidate_id}/publication"): None,
    ("disputes", "POST /cases/{case_id}/disputes"): {"reason": "LATE", **MONEY},
    ("disputes", "POST /cases/{case_id}/disputes-with-evidence"): {
        "claim": {"reason": "LATE", **MONEY},
        "evidence": EVIDENCE,
    },
    ("disputes", "GET /cases/{case_id}/disputes"): None,
    ("disputes", "GET /disputes/{dispute_id}"): None,
    ("disputes", "POST /disputes/{dispute_id}/offers"): MONEY,
    ("disputes", "POST /disputes/{dispute_id}/offers/{offer_id}/acceptance"): None,
    ("disputes", "POST /disputes/{dispute_id}/offers/{offer_id}/refusal"): None,
    ("disputes", "POST /disputes/{dispute_id}/evidence"): EVIDENCE,
    ("disputes", "POST /disputes/{dispute_id}/evidence-requests"): {"of": "seller", "kind": "receipt"},
    ("disputes", "POST /disputes/{dispute_id}/evidence-requests/{request_id}/withdrawal"): None,
    ("disputes", "GET /evidence/{evidence_id}/content"): None,
    ("disputes", "POST /disputes/{dispute_id}/escalation"): None,
    ("disputes", "POST /disputes/{dispute_id}/decision"): {
        **MONEY,
        "clause": "S-5.1",
        "facts": ["claim"],
        "reasons": ["x"],
    },
    ("disputes", "POST /disputes/{dispute_id}/decision/preview"): {
        **MONEY,
        "clause": "S-5.1",
        "facts": ["claim"],
        "reasons": ["x"],
    },
    ("disputes", "POST /disputes/{dispute_id}/appeals"): APPEAL,
    ("disputes", "POST /disputes/{dispute_id}/appeals/decision"): APPEAL_DECISION,
    ("disputes", "POST /disputes/{dispute_id}/withdrawal"): None,
    ("disputes", "POST /cases/{case_id}/returns"): None,
    ("disputes", "GET /cases/{case_id}/returns"): None,
    ("disputes", "GET /returns/{return_id}"): None,
    ("disputes", "POST /returns/{return_id}/acceptance"): None,
    ("disputes", "POST /returns/{return_id}/refusal"): {"ground": "perishable"},
    ("disputes", "POST /returns/{return_id}/label"): {"carrier": "dpd", "tracking_number": "05308955120002"},
    ("disputes", "POST /returns/{return_id}/shipment"): {"tracking_number": "05308955120002"},
    ("disputes", "POST /returns/{return_id}/receipt"): None,
    ("disputes", "POST /returns/{return_id}/photos"): {"content_base64": "SGVsbG8gdGhlcmU="},
    ("disputes", "GET /returns/{return_id}/photos/{photo_id}/content"): None,
    ("disputes", "POST /returns/{return_id}/inspection"): {"currency": "EUR"},
    ("disputes", "POST /returns/{return_id}/deduction/acceptance"): None,
    ("disputes", "POST /returns/{return_id}/deduction/dispute"): None,
    ("disputes", "POST /returns/{return_id}/deduction/decision"): {
        "deduction_minor": 1,
        "currency": "EUR",
        "reasons": ["x"],
    },
    ("disputes", "POST /returns/{return_id}/loss"): {"reasons": ["x"]},
    ("disputes", "POST /returns/{return_id}/cancellation"): None,
    ("disputes", "POST /cases/{case_id}/goodwill"): {"amount_minor": 1, "currency": "EUR", "reason": "test"},
    ("sla-monitor", "GET /cases/{case_id}/clocks"): None,
    ("sla-monitor", "GET /cases/{case_id}/clocks/events"): None,
    ("sla-monitor", "GET /clocks/{clock_id}"): None,
    ("sla-monitor", "GET /clocks/{clock_id}/picture"): None,
    ("sla-monitor", "POST /clocks/{clock_id}/pauses"): {"cause": "parts_on_order"},
    ("sla-monitor", "POST /clocks/{clock_id}/pause-extensions"): {"seconds": 3600},
    ("sla-monitor", "POST /clocks/{clock_id}/resumptions"): None,
    ("sla-monitor", "GET /policy-candidates/{candidate_id}"): None,
    ("sla-monitor", "POST /policy-candidates/{candidate_id}/dry-runs"): {
        "from_at": "2026-09-01T00:00:00Z",
        "to_at": "2026-09-02T00:00:00Z",
    },
    ("sla-monitor", "POST /policy-candidates/{candidate_id}/publication"): None,
    ("sla-monitor", "GET /adjustments/{adjustment_id}"): None,
    ("sla-monitor", "GET /sellers/{seller_id}/obligations"): None,
    ("sla-monitor", "GET /sellers/{seller_id}/punctuality"): None,
    ("sla-monitor", "GET /sellers/{seller_id}/punctuality/obligations"): None,
    ("billing", "POST /decisions/{decision_id}/charges"): {
        "line": "late",
        "kind": "REPAIR",
        "receipt": "rcp_1",
        "amount_minor": 100,
        "currency": "EUR",
    },
    ("billing", "POST /cases/{case_id}/charges/preview"): {"order_id": "ord_x", "line_id": "lin_x", "currency": "EUR"},
    ("billing", "POST /charges/{charge_id}/approval"): None,
    ("billing", "POST /charges/{charge_id}/refusal"): STATEMENT_BODY,
    ("billing", "GET /refunds/{refund_id}"): None,
    ("billing", "POST /refunds/{refund_id}/retry"): STATEMENT_BODY,
    ("billing", "POST /refunds/{refund_id}/other-method"): {"reason": "test", "method": "bank_transfer"},
    ("billing", "POST /refunds/{refund_id}/cancellation"): STATEMENT_BODY,
    ("billing", "POST /charges/{charge_id}/contest"): {"ground": "wrong"},
    ("billing", "POST /charges/{charge_id}/review"): {"verdict": "uphold", "reason": "right"},
    ("billing", "POST /charges/{charge_id}/appeals"): APPEAL,
    ("billing", "POST /charges/{charge_id}/appeals/decision"): APPEAL_DECISION,
    ("billing", "POST /charges/{charge_id}/appeals/preview"): APPEAL_DECISION,
    ("billing", "GET /charges/{charge_id}"): None,
    ("billing", "GET /cases/{case_id}/money"): None,
    ("billing", "GET /cases/{case_id}/money/events"): None,
    ("billing", "GET /sellers/{seller_id}/statements/{month}"): None,
}
"""Routes about somebody's matter, with a body that is valid in form."""
ABOUT_NO_MATTER = {
    ("ticketing", "POST /intakes"),
    ("ticketing", "POST /cases"),
    ("ticketing", "GET /cases"),
    ("ticketing", "GET /cases/counts"),
    ("ticketing", "GET /cases/events"),
    ("ticketing", "GET /timelines"),
    ("ticketing", "GET /reasons"),
    ("ticketing", "GET /directory"),
    ("disputes", "GET /clauses"),
    ("billing", "GET /tariffs"),
    ("messaging", "POST /drafts"),
    ("messaging", "GET /discussions"),
    ("messaging", "GET /discussions/events"),
    ("messaging", "POST /erasures"),
    ("messaging", "GET /moderation/held"),
    ("messaging", "GET /moderation/held/events"),
    ("messaging", "GET /moderation/sanction-appeals"),
    ("messaging", "GET /moderation/conduct-complaints"),
    ("messaging", "GET /waiver-proposals"),
    ("messaging", "GET /policies"),
    ("messaging", "GET /policy-candidates"),
    ("messaging", "POST /policy-candidates"),
    ("sla-monitor", "GET /policies"),
    ("sla-monitor", "GET /policy-candidates"),
    ("sla-monitor", "POST /policy-candidates"),
    ("sla-monitor", "POST /adjustments"),
    ("sla-monitor", "GET /obligations"),
    ("sla-monitor", "GET /obligations/unannounced"),
    ("disputes", "GET /disputes"),
    ("billing", "GET /charges"),
    ("billing", "GET /ledger/entries"),
    ("billing", "GET /refunds"),
    ("billing", "GET /refused-orders"),
    ("disputes", "GET /refused-parcels"),
}
"""Routes that list or begin; each has a test of its own below."""
SERVICES = ("ticketing", "messaging", "disputes", "sla-monitor", "billing")


async def _routes(matter: Matter, service: str) -> set[tuple[str, str]]:
    described = await matter.described(service)
    return {(service, f"{m.upper()} {path}") for path, methods in described["paths"].items() for m in methods}


async def test_every_route_has_a_row(matter: Matter) -> None:
    """INVARIANT: would break if a route were added without saying who may see what is behind it."""
    served = set().union(*[await _routes(matter, s) for s in SERVICES])
    assert served == BODIES.keys() | ABOUT_NO_MATTER


def _filled(matter: Matter, service: str, route: str) -> tuple[str, str]:
    method, _, path = route.partition(" ")
    ids = matter.ids_in(service)
    return method, re.sub(r"{(\w+)}", lambda name: ids[name[1]], path)


@pytest.mark.parametrize(("service", "route"), BODIES)
async def test_what_is_not_yours_does_not_exist(matter: Matter, service: str, route: str) -> None:
    """INVARIANT: S1; would break if a route looked a thing up without asking whose it is."""
    method, path = _filled(matter, service, route)
    body = BODIES[service, route]
    missing_path = re.sub(r"(cas|att|cpl|msg|dsp|tko|chg|rfd|clk|evd|dec|cnd|adj|snc)_\w+", r"\1_none", path)
    missing = await matter.ask(FOREIGNERS[0], method, service, missing_path, body)
    for foreigner in FOREIGNERS:
        answer = await matter.ask(foreigner, method, service, path, body)
        assert answer.status_code in (403, 404), f"{foreigner[0]} got {answer.status_code}"
        if answer.status_code == 404 and missing.status_code == 404:
            assert {**answer.json(), "traceId": 0} == {**missing.json(), "traceId": 0}
        assert not any(v in answer.text for k, v in matter.ids.items() if k != "month")
    elsewhere = await matter.ask(AGENT, method, service, path, body, markets=("pt",))
    assert elsewhere.status_code in (403, 404), "staff of another market sees it"


@pytest.mark.parametrize(("service", "route"), [*BODIES, *sorted(ABOUT_NO_MATTER)])
async def test_nobody_is_let_in_without_a_token(matter: Matter, service: str, route: str) -> None:
    method, path = _filled(matter, service, route)
    answer = await matter.ask(None, method, service, path, BODIES.get((service, route)))
    assert answer.status_code in (401, 422), answer.text
    if BODIES.get((service, route)) is not None or method == "GET":
        assert answer.status_code == 401


FORBIDDEN: list[tuple[Actor, str, str]] = [
    (BUYER, "ticketing", "POST /cases/{case_id}/takeovers"),
    (SELLER, "ticketing", "POST /cases/{case_id}/takeovers"),
    (BUYER, "ticketing", "POST /cases/{case_id}/promises"),
    (BUYER, "ticketing", "POST /promises/{promise_id}/fulfilment"),
    (BUYER, "ticketing", "POST /promises/{promise_id}/withdrawal"),
    (SELLER, "ticketing", "POST /cases/{case_id}/closure"),
    (BUYER, "ticketing", "POST /cases/{case_id}/move"),
    (BUYER, "ticketing", "POST /cases/{case_id}/links"),
    (SELLER, "ticketing", "POST /cases/{case_id}/links"),
    (BUYER, "ticketing", "POST /cases/{case_id}/merge"),
    (SELLER, "ticketing", "POST /cases/{case_id}/merge"),
    (BUYER, "ticketing", "POST /takeovers/{takeover_id}/activation"),
    (SELLER, "ticketing", "POST /takeovers/{takeover_id}/unlock-answer"),
    (AGENT, "ticketing", "POST /takeovers/{takeover_id}/unlock-answer"),
    (BUYER, "ticketing", "POST /takeovers/{takeover_id}/verdict"),
    (SELLER, "ticketing", "POST /takeovers/{takeover_id}/verdict"),
    (AGENT, "ticketing", "POST /takeovers/{takeover_id}/verdict"),
    (AGENT, "ticketing", "POST /takeovers/{takeover_id}/reversal"),
    (SELLER, "ticketing", "POST /takeovers/{takeover_id}/reversal"),
    (BUYER, "ticketing", "POST /takeovers/{takeover_id}/appeals"),
    (AGENT, "ticketing", "POST /takeovers/{takeover_id}/appeals"),
    (SELLER, "ticketing", "POST /takeovers/{takeover_id}/appeals/decision"),
    (AGENT, "ticketing", "POST /takeovers/{takeover_id}/appeals/decision"),
    (SELLER, "messaging", "POST /conversations/{case_id}/waiver"),
    (BUYER, "messaging", "POST /conversations/{case_id}/waiver-proposal"),
    (SELLER, "messaging", "POST /conversations/{case_id}/waiver-proposal/acceptance"),
    (AGENT, "messaging", "POST /conversations/{case_id}/waiver-proposal/refusal"),
    (SELLER, "messaging", "POST /messages/{message_id}/contest"),
    (SELLER, "messaging", "POST /conversations/{case_id}/buyer-lock"),
    (BUYER, "messaging", "POST /conversations/{case_id}/buyer-unlock"),
    (SELLER, "messaging", "POST /messages/{message_id}/release"),
    (SELLER, "messaging", "POST /messages/{message_id}/original-readings"),
    (BUYER, "messaging", "POST /messages/{message_id}/translations"),
    (SELLER, "messaging", "POST /messages/{message_id}/translations"),
    (SUPERVISOR, "messaging", "GET /erasures/{erasure_id}"),
    (SELLER, "messaging", "POST /messages/{message_id}/assignment"),
    (SELLER, "messaging", "POST /sanctions/{sanction_id}/reversal"),
    (AGENT, "messaging", "POST /sanctions/{sanction_id}/reversal"),
    (AGENT, "messaging", "POST /sanctions/{sanction_id}/upholding"),
    (AGENT, "messaging", "POST /sanctions/{sanction_id}/appeals"),
    (SELLER, "messaging", "POST /conversations/{case_id}/conduct-complaints"),
    (AGENT, "messaging", "POST /conversations/{case_id}/conduct-complaints"),
    (BUYER, "messaging", "POST /conduct-complaints/{complaint_id}/investigation"),
    (SELLER, "messaging", "POST /conduct-complaints/{complaint_id}/investigation"),
    (AGENT, "messaging", "POST /conduct-complaints/{complaint_id}/investigation"),
    (AGENT, "messaging", "POST /conduct-complaints/{complaint_id}/telling"),
    (BUYER, "messaging", "POST /conduct-complaints/{complaint_id}/answer"),
    (MEDIATOR, "messaging", "POST /conduct-complaints/{complaint_id}/answer"),
    (SELLER, "messaging", "POST /conduct-complaints/{complaint_id}/decision"),
    (AGENT, "messaging", "POST /conduct-complaints/{complaint_id}/decision"),
    (MEDIATOR, "messaging", "POST /conduct-complaints/{complaint_id}/appeals"),
    (MEDIATOR, "messaging", "POST /conduct-complaints/{complaint_id}/appeals/decision"),
    (SELLER, "messaging", "POST /conduct-complaints/{complaint_id}/appeals/decision"),
    (BUYER, "messaging", "GET /conduct-standings/{seller_id}"),
    (SELLER, "messaging", "GET /claim-standings/{buyer_id}"),
    (AGENT, "messaging", "POST /policy-candidates/{candidate_id}/dry-runs"),
    (SUPERVISOR, "messaging", "POST /policy-candidates/{candidate_id}/publication"),
    (SELLER, "disputes", "POST /disputes/{dispute_id}/withdrawal"),
    (SELLER, "disputes", "POST /disputes/{dispute_id}/evidence-requests"),
    (AGENT, "disputes", "POST /disputes/{dispute_id}/evidence-requests"),
    (BUYER, "disputes", "POST /disputes/{dispute_id}/evidence-requests/{request_id}/withdrawal"),
    (AGENT, "disputes", "POST /disputes/{dispute_id}/appeals"),
    (BUYER, "disputes", "POST /disputes/{dispute_id}/appeals/decision"),
    (SELLER, "disputes", "POST /disputes/{dispute_id}/appeals/decision"),
    (AGENT, "disputes", "POST /disputes/{dispute_id}/appeals/decision"),
    (AGENT, "disputes", "POST /disputes/{dispute_id}/decision"),
    (BUYER, "disputes", "POST /disputes/{dispute_id}/decision"),
    (AGENT, "disputes", "POST /disputes/{dispute_id}/decision/preview"),
    (SELLER, "disputes", "POST /disputes/{dispute_id}/decision/preview"),
    (SELLER, "disputes", "POST /cases/{case_id}/goodwill"),
    (SELLER, "disputes", "POST /cases/{case_id}/returns"),
    (BUYER, "disputes", "POST /returns/{return_id}/acceptance"),
    (AGENT, "disputes", "POST /returns/{return_id}/refusal"),
    (BUYER, "disputes", "POST /returns/{return_id}/label"),
    (SELLER, "disputes", "POST /returns/{return_id}/shipment"),
    (BUYER, "disputes", "POST /returns/{return_id}/receipt"),
    (AGENT, "disputes", "POST /returns/{return_id}/receipt"),
    (BUYER, "disputes", "POST /returns/{return_id}/inspection"),
    (AGENT, "disputes", "POST /returns/{return_id}/inspection"),
    (SELLER, "disputes", "POST /returns/{return_id}/deduction/acceptance"),
    (AGENT, "disputes", "POST /returns/{return_id}/deduction/dispute"),
    (AGENT, "disputes", "POST /returns/{return_id}/deduction/decision"),
    (SELLER, "disputes", "POST /returns/{return_id}/deduction/decision"),
    (AGENT, "disputes", "POST /returns/{return_id}/loss"),
    (SELLER, "disputes", "POST /returns/{return_id}/cancellation"),
    (AGENT, "disputes", "POST /returns/{return_id}/cancellation"),
    (BUYER, "disputes", "POST /cases/{case_id}/goodwill"),
    (SELLER, "sla-monitor", "POST /clocks/{clock_id}/pauses"),
    (AGENT, "sla-monitor", "POST /clocks/{clock_id}/pause-extensions"),
    (AGENT, "sla-monitor", "POST /policy-candidates/{candidate_id}/dry-runs"),
    (SUPERVISOR, "sla-monitor", "POST /policy-candidates/{candidate_id}/publication"),
    (SELLER, "billing", "POST /charges/{charge_id}/review"),
    (AGENT, "billing", "POST /charges/{charge_id}/approval"),
    (AGENT, "billing", "POST /charges/{charge_id}/appeals"),
    (SELLER, "billing", "POST /charges/{charge_id}/appeals/decision"),
    (SELLER, "billing", "POST /charges/{charge_id}/appeals/preview"),
    (MEDIATOR, "billing", "POST /charges/{charge_id}/appeals/decision"),
    (SELLER, "billing", "POST /decisions/{decision_id}/charges"),
    (SELLER, "billing", "POST /charges/{charge_id}/refusal"),
    (AGENT, "billing", "POST /charges/{charge_id}/refusal"),
    (BUYER, "billing", "GET /refunds/{refund_id}"),
    (BUYER, "billing", "POST /refunds/{refund_id}/retry"),
    (BUYER, "billing", "POST /refunds/{refund_id}/cancellation"),
]


@pytest.mark.parametrize(("actor", "service", "route"), FORBIDDEN)
async def test_a_role_that_may_not_act_is_refused(matter: Matter, actor: Actor, service: str, route: str) -> None:
    """S9: in one's own matter, but not one's to decide."""
    method, path = _filled(matter, service, route)
    answer = await matter.ask(actor, method, service, path, BODIES[service, route])
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_buyer_sees_no_charges(matter: Matter) -> None:
    answer = await matter.ask(BUYER, "GET", "billing", f"/cases/{matter.ids['case_id']}/money")
    assert answer.status_code == 404


async def test_the_buyer_sees_no_clock_about_a_charge(matter: Matter) -> None:
    path = f"/cases/{matter.ids['case_id']}/clocks"
    kinds = {}
    for actor in (BUYER, SELLER):
        clocks = (await matter.ask(actor, "GET", "sla-monitor", path)).json()["clocks"]
        kinds[actor] = {c["kind"]: c["clock_id"] for c in clocks}
    assert "contest_window" in kinds[SELLER]
    assert "contest_window" not in kinds[BUYER]
    for screen in ("", "/picture"):
        path = f"/clocks/{kinds[SELLER]['contest_window']}{screen}"
        answers = [(await matter.ask(actor, "GET", "sla-monitor", path)).status_code for actor in (BUYER, SELLER)]
        assert answers == [404, 200]


async def test_a_picture_of_a_clock_is_kept_by_nobody_and_runs_nothing(matter: Matter) -> None:
    answer = await matter.ask(SELLER, "GET", "sla-monitor", f"/clocks/{matter.ids['clock_id']}/picture")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")


@pytest.mark.parametrize("actor", [BUYER, SELLER])
async def test_lists_of_what_all_owe_are_for_staff_of_the_market(matter: Matter, actor: Actor) -> None:
    for path in ("/obligations?owed_by=seller", "/obligations/unannounced"):
        assert (await matter.ask(actor, "GET", "sla-monitor", path)).status_code == 404
        assert (await matter.ask(AGENT, "GET", "sla-monitor", path)).status_code == 200
        elsewhere = await matter.ask(AGENT, "GET", "sla-monitor", path, markets=("pt",))
        assert elsewhere.json()["obligations"] == []


@pytest.mark.parametrize("actor", [BUYER, SELLER])
async def test_internal_notes_reach_no_party(matter: Matter, actor: Actor) -> None:
    """INVARIANT: section 7; would break if a reader's query did not filter by audience."""
    case_id = matter.ids["case_id"]
    thread = await matter.ask(actor, "GET", "messaging", f"/conversations/{case_id}/messages")
    timeline = await matter.ask(actor, "GET", "ticketing", f"/cases/{case_id}/timeline")
    assert "Iekšēja piezīme" not in thread.text
    assert {m["audience"] for m in thread.json()["messages"]} == {"thread"}
    staff = await matter.ask(AGENT, "GET", "messaging", f"/conversations/{case_id}/messages")
    notes = [m["message_id"] for m in staff.json()["messages"] if m["audience"] == "internal"]
    assert notes
    assert not any(note in timeline.text for note in notes)


async def test_intake_shows_an_order_to_those_who_may_ask_about_it(matter: Matter) -> None:
    """S1: an order of others, or of another market, does not exist."""
    about = {"order_id": matter.bought.order_id, "line_id": matter.bought.line_id, "reason": "LATE"}
    for actor, status in ((BUYER, 200), (SELLER, 200), (AGENT, 200), *((foreign, 404) for foreign in FOREIGNERS)):
        for said in (about, {"order_id": about["order_id"]}):
            answer = await matter.ask(actor, "POST", "ticketing", "/intakes", said)
            assert answer.status_code == status, (actor, answer.text)
    elsewhere = await matter.ask(AGENT, "POST", "ticketing", "/intakes", about, markets=("pt",))
    assert elsewhere.status_code == 404


async def test_lists_hold_only_ones_own(matter: Matter) -> None:
    other = await matter.ask(("buyer", "buy_other"), "GET", "ticketing", "/cases")
    own = await matter.ask(BUYER, "GET", "ticketing", "/cases")
    assert other.json()["cases"] == []
    assert matter.ids["case_id"] in own.text
    elsewhere = await matter.ask(AGENT, "GET", "ticketing", "/cases", markets=("pt",))
    assert matter.ids["case_id"] not in elsewhere.text
    counts = [await matter.ask(who, "GET", "ticketing", "/cases/counts") for who in (("buyer", "buy_other"), BUYER)]
    assert [c.json()["total"] > 0 for c in counts] == [False, True]
    for who, found in ((("buyer", "buy_other"), False), (BUYER, True)):
        timeline = await matter.ask(who, "GET", "ticketing", f"/timelines?person_id={BUYER[1]}")
        assert bool(timeline.json()["entries"]) is found
    owed = await matter.ask(("seller", "sel_other"), "GET", "messaging", "/discussions")
    assert owed.json()["owed"] == []


async def test_disputes_are_listed_to_their_parties_and_to_staff_of_their_market(matter: Matter) -> None:
    for who, found in ((BUYER, True), (SELLER, True), (AGENT, True), *((f, False) for f in FOREIGNERS)):
        listed = await matter.ask(who, "GET", "disputes", "/disputes?order=newest")
        assert listed.status_code == 200
        assert (matter.ids["dispute_id"] in listed.text) is found
    elsewhere = await matter.ask(AGENT, "GET", "disputes", "/disputes?order=newest", markets=("pt",))
    assert elsewhere.json()["disputes"] == []
    assert (await matter.ask(AGENT, "GET", "disputes", "/disputes?market=lv", markets=("pt",))).status_code == 404


async def test_money_is_listed_to_its_seller_and_to_staff_of_its_market(matter: Matter) -> None:
    for path, parties in (("/charges", 200), ("/ledger/entries", 200), ("/refunds", 403)):
        for who in (SELLER, ("seller", "sel_other")):
            listed = await matter.ask(who, "GET", "billing", path)
            assert listed.status_code == parties
            assert matter.ids["case_id"] not in listed.text or who == SELLER
        assert (await matter.ask(BUYER, "GET", "billing", path)).status_code == 403
        assert (await matter.ask(AGENT, "GET", "billing", f"{path}?market=lv")).status_code == 200
        elsewhere = await matter.ask(AGENT, "GET", "billing", path, markets=("pt",))
        assert (elsewhere.status_code, matter.ids["case_id"] in elsewhere.text) == (200, False)
        assert (await matter.ask(AGENT, "GET", "billing", f"{path}?market=lv", markets=("pt",))).status_code == 404
    for path, of in (("/charges", "charge_id"), ("/refunds", "refund_id")):
        assert matter.ids[of] in (await matter.ask(AGENT, "GET", "billing", path)).text


@pytest.mark.parametrize(
    ("service", "path"), [("ticketing", "/reasons"), ("disputes", "/clauses"), ("billing", "/tariffs")]
)
async def test_rules_that_hold_for_everybody_are_read_by_everybody(matter: Matter, service: str, path: str) -> None:
    """What a person agrees to and may be charged is no secret: it says nothing of anybody's matter."""
    for who in (BUYER, SELLER, AGENT, *FOREIGNERS):
        shown = await matter.ask(who, "GET", service, f"{path}?market=lv&language=de")
        assert (shown.status_code, shown.json()["markets"][0]["language"]) == (200, "de")
        assert not any(value in shown.text for key, value in matter.ids.items() if key != "month")


async def test_a_cursor_of_somebody_else_is_refused(matter: Matter) -> None:
    """S2: a cursor is bound to its list and its reader."""
    path = f"/cases/{matter.ids['case_id']}/timeline?limit=1"
    cursor = (await matter.ask(BUYER, "GET", "ticketing", path)).json()["next_cursor"]
    again = await matter.ask(BUYER, "GET", "ticketing", f"{path}&cursor={cursor}")
    assert again.status_code == 200
    for actor, other in ((SELLER, path), (BUYER, "/cases?limit=1")):
        answer = await matter.ask(actor, "GET", "ticketing", f"{other}&cursor={cursor}")
        assert answer.status_code == 400
    forged = await matter.ask(BUYER, "GET", "ticketing", f"{path}&cursor={cursor[:-2]}xx")
    assert forged.status_code == 400


@pytest.mark.rule("R-06")
@pytest.mark.parametrize("path", ["/discussions", "/discussions/events"])
async def test_a_list_of_owed_replies_is_its_sellers_and_of_staff_of_the_market(matter: Matter, path: str) -> None:
    """R-06; what a seller owes is none of another seller's business, nor of the buyer's."""
    whose = f"{path}?seller_id={SELLER[1]}"
    for actor, status in ((SELLER, 200), (AGENT, 200), (("seller", "sel_other"), 404), (BUYER, 404)):
        assert (await matter.ask(actor, "GET", "messaging", whose)).status_code == status
    assert (await matter.ask(BUYER, "GET", "messaging", path)).status_code == 403
    elsewhere = await matter.ask(AGENT, "GET", "messaging", whose, markets=("pt",))
    assert elsewhere.status_code == 200
    assert matter.ids["case_id"] not in elsewhere.text


@pytest.mark.parametrize(
    ("service", "screen"),
    [
        ("sla-monitor", "/policies"),
        ("sla-monitor", "/policy-candidates"),
        ("messaging", "/policies"),
        ("messaging", "/policy-candidates"),
        ("messaging", "/moderation/held"),
        ("messaging", "/moderation/sanction-appeals"),
    ],
)
async def test_rules_and_queues_are_shown_to_staff_of_their_market_alone(
    matter: Matter, service: str, screen: str
) -> None:
    for actor in (BUYER, SELLER):
        assert (await matter.ask(actor, "GET", service, screen)).status_code == 403
    assert '"market":"lv"' in (await matter.ask(AGENT, "GET", service, screen)).text
    elsewhere = await matter.ask(AGENT, "GET", service, screen, markets=("pt",))
    assert elsewhere.status_code == 200
    assert '"market":"lv"' not in elsewhere.text
    assert (await matter.ask(AGENT, "GET", service, f"{screen}?market=lv", markets=("pt",))).status_code == 404
    assert '"market":"lv"' in (await matter.ask(AGENT, "GET", service, f"{screen}?market=lv")).text


async def test_complaints_that_wait_are_listed_to_those_who_may_investigate_in_the_market(matter: Matter) -> None:
    screen = "/moderation/conduct-complaints"
    for actor, status in ((BUYER, 403), (SELLER, 403), (AGENT, 403), (MEDIATOR, 200), (SUPERVISOR, 200)):
        assert (await matter.ask(actor, "GET", "messaging", screen)).status_code == status
    assert matter.ids["complaint_id"] in (await matter.ask(MEDIATOR, "GET", "messaging", screen)).text
    elsewhere = await matter.ask(MEDIATOR, "GET", "messaging", screen, markets=("pt",))
    assert elsewhere.json()["complaints"] == []
    assert (await matter.ask(MEDIATOR, "GET", "messaging", f"{screen}?market=lv", markets=("pt",))).status_code == 404


@pytest.mark.parametrize("path", ["/policy-candidates", "/adjustments"])
async def test_rules_are_moved_by_those_who_may(matter: Matter, path: str) -> None:
    body = {"/policy-candidates": matter.candidate, "/adjustments": matter.credit}[path]
    for actor, status in ((BUYER, 404), (SELLER, 404), (AGENT, 403)):
        assert (await matter.ask(actor, "POST", "sla-monitor", path, body)).status_code == status
        policy = await matter.ask(actor, "POST", "messaging", "/policy-candidates", matter.policy)
        assert policy.status_code == status


FOLLOWED = [
    ("ticketing", "/cases/events?order=priority"),
    ("ticketing", "/cases/{case_id}/timeline/events"),
    ("sla-monitor", "/cases/{case_id}/clocks/events"),
    ("billing", "/cases/{case_id}/money/events"),
    ("messaging", "/moderation/held/events"),
    ("messaging", "/discussions/events?seller_id={seller_id}"),
]
"""Lists that somebody follows."""


@pytest.mark.parametrize(("service", "path"), FOLLOWED)
async def test_a_list_is_told_once_wherever_its_reader_comes_back(matter: Matter, service: str, path: str) -> None:
    """A stream of these services lasts a moment; what its reader was told last says where the next one begins."""
    path = path.format(**matter.ids_in(service))
    told = (await matter.ask(AGENT, "GET", service, path)).text
    assert told.count("event: ") == 2, told
    place = re.findall(r"^id: ([0-9a-f]+)$", told, re.MULTILINE)[-1]
    again = await matter.ask(AGENT, "GET", service, path, headers={"Last-Event-ID": place})
    assert again.headers["content-type"].startswith("text/event-stream")
    assert re.findall(r"^event: (.*)$", again.text, re.MULTILINE) == ["open"]
    elsewhere = await matter.ask(AGENT, "GET", service, path, markets=("pt",))
    assert elsewhere.status_code == 404 or '"cases":0' in elsewhere.text or ":0" in elsewhere.text


# -- What two people may decide at once (RFC 9110, 13) --------------------------------------------------------------------

PEOPLE = (BUYER, SELLER, AGENT, MEDIATOR, SUPERVISOR, ADMINISTRATOR)
NOT_DECIDED = {
    ("messaging", "POST /conversations/{case_id}/attachments"): "it adds a file",
    ("messaging", "POST /conversations/{case_id}/conduct-complaints"): "it adds a complaint",
    ("messaging", "POST /conversations/{case_id}/messages"): "it adds a message, which nobody else's can replace",
    ("messaging", "POST /conversations/{case_id}/messages/check"): "it keeps nothing",
    ("messaging", "POST /conversations/{case_id}/read-marks"): "it is about the reader alone",
    ("messaging", "POST /messages/{message_id}/contest"): "it is the buyer's alone",
    ("messaging", "POST /messages/{message_id}/original-readings"): "it adds the record of a reading",
    ("messaging", "POST /messages/{message_id}/translations"): "it adds a translation",
    ("billing", "POST /charges/{charge_id}/appeals/preview"): "it keeps nothing",
    ("disputes", "POST /disputes/{dispute_id}/decision/preview"): "it keeps nothing",
    ("disputes", "POST /disputes/{dispute_id}/evidence"): "it adds evidence",
    ("disputes", "POST /returns/{return_id}/photos"): "it adds a photo",
    ("ticketing", "POST /cases/{case_id}/takeover-proposals"): "it asks for a decision",
}
"""What is done to something that has a tag without deciding about it, and why it needs none."""


def _documented(header: str) -> list[tuple[str, str]]:
    found = []
    for file in sorted((Path(__file__).parents[2] / "docs/api").glob("*.openapi.json")):
        for path, methods in json.loads(file.read_text())["paths"].items():
            for method, operation in methods.items():
                if any(p["name"] == header for p in operation.get("parameters", ())):
                    found.append((file.name.partition(".")[0], f"{method.upper()} {path}"))
    return found


SHOWN, DECIDED = _documented("If-None-Match"), _documented("If-Match")
OVER_TWO = {
    ("ticketing", "POST /cases/{case_id}/links"),
    ("ticketing", "POST /cases/{case_id}/merge"),
    ("disputes", "POST /disputes/{dispute_id}/evidence-requests/{request_id}/withdrawal"),
}
"""Decisions over a second thing, which must exist first: the services' own tests see them refused."""


def test_every_decision_about_what_has_a_tag_may_rest_on_it() -> None:
    """INVARIANT: would break if a decision were added beside those that two people cannot make at once."""
    tagged = {(service, re.findall(r"{\w+}", route)[0]) for service, route in SHOWN}
    about = {
        (service, route)
        for service, route in BODIES
        if route.startswith("POST") and (service, re.findall(r"{\w+}", route)[0]) in tagged
    }
    assert about == {*DECIDED, *NOT_DECIDED}


@pytest.mark.parametrize(("service", "route"), SHOWN)
async def test_who_looks_again_is_sent_nothing_twice(matter: Matter, service: str, route: str) -> None:
    _, path = _filled(matter, service, route)
    seen = await matter.ask(SUPERVISOR, "GET", service, path)
    assert seen.headers["etag"].startswith('"')
    again = await matter.ask(SUPERVISOR, "GET", service, path, headers={"If-None-Match": seen.headers["etag"]})
    assert again.status_code in (200, 304)
    assert (again.status_code == 304) == (again.headers["etag"] == seen.headers["etag"])
    for foreigner in FOREIGNERS:
        answer = await matter.ask(foreigner, "GET", service, path, headers={"If-None-Match": "*"})
        assert answer.status_code in (403, 404)


@pytest.mark.parametrize(("service", "route"), [d for d in DECIDED if d not in OVER_TWO])
async def test_nobody_decides_on_what_has_moved_on(matter: Matter, service: str, route: str) -> None:
    """INVARIANT: would break if a route took the header and did not pass it on; and who may not decide hears no more."""
    (_, path), body, told = _filled(matter, service, route), BODIES[service, route], set()
    for actor in PEOPLE:
        answer = await matter.ask(actor, "POST", service, path, body, headers={"If-Match": '"1-stale-0"'})
        told.add(answer.status_code)
        if answer.status_code == 412:
            assert answer.json()["type"] == "urn:ombud:problem:precondition_failed"
    assert told <= {403, 404, 412}
    assert 412 in told, "nobody may decide it at all"
    malformed = await matter.ask(SUPERVISOR, "POST", service, path, body, headers={"If-Match": "stale"})
    assert malformed.status_code == 400
    for foreigner in FOREIGNERS:
        answer = await matter.ask(foreigner, "POST", service, path, body, headers={"If-Match": '"1-stale-0"'})
        assert answer.status_code in (403, 404)
