"""The services do what their OpenAPI documents say, and no more (S5): over generated requests, and over every screen."""

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from conformance import FEW, MANY, NO_EXAMPLES, close, explore
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from matter import ADMINISTRATOR, AGENT, BUYER, MEDIATOR, PICTURE, SELLER, SUPERVISOR, Actor, Matter, a_matter
from schemathesis.checks import CHECKS

from chassis.testing import eventually
from ombud_contracts.events.products import BrandNoticeReceived
from ombud_local.stack import Stack
from ombud_words import SellerId

Json = dict[str, Any]
SERVICES = ("ticketing", "messaging", "disputes", "sla-monitor", "billing")
ALL_PHASES = ("examples", "coverage", "fuzzing")
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")  # schemathesis's own


@pytest.fixture(scope="module")
async def explored(explored_stack: Stack) -> AsyncIterator[Matter]:
    """A matter of its own: what is sent at random closes, withdraws and decides."""
    async with a_matter(explored_stack) as filled:
        unanswered = await filled.new_case()  # its seller owes a reply, and says that none is needed
        proposal = f"/conversations/{unanswered}/waiver-proposal"
        await filled.done(SELLER, "messaging", proposal, {"reason": "answered_by_phone"}, (404, 409))
        await _answer_in_person(filled, await filled.new_case())
        await _send_back(filled)
        await _take_over(filled)
        await _ask_again(filled)
        await _find_against_the_seller(filled, unanswered)
        filled.ids["asked_before_buying"] = await _ask_before_buying(filled)
        filled.ids["found_locked"] = await _judge_a_locked_device(filled)
        await _have_the_seller_reviewed(filled)
        await _appeal_a_charge(filled, filled.ids["found_locked"])
        await _appeal_a_decision(filled, filled.ids["found_locked"])
        await filled.marketplace.sell("lv", BUYER[1], SELLER[1], "Phone", currency="USD")
        await filled.shows("/refused-orders", lambda shown: shown["orders"], "billing")
        yield filled


async def _answer_in_person(matter: Matter, case_id: str) -> None:
    """Have the seller answer so shortly that a person can have written it at once: it counts for his punctuality."""
    await matter.done(SELLER, "messaging", f"/conversations/{case_id}/messages", {"text": "Rīt, DPD."})

    async def counted() -> bool:
        answer = await matter.ask(SELLER, "GET", "sla-monitor", f"/sellers/{SELLER[1]}/punctuality")
        return bool(answer.json()["answered_in_time"])

    await eventually("the seller's answer to be counted", counted)


async def _ask_before_buying(matter: Matter) -> str:
    """Have the buyer ask about a listing, and return the case."""
    listing_id = await matter.marketplace.offer("lv", SELLER[1], "Phone")
    draft = await matter.done(BUYER, "messaging", "/drafts", {"text": "Vai ekrāns ir vesels?", "market": "lv"})
    asked = {"listing_id": listing_id, "reason": "PRE_SALE", "draft_id": draft["draft_id"]}
    return str((await matter.done(BUYER, "ticketing", "/cases", asked, (404,)))["case_id"])


async def _send_back(matter: Matter) -> None:
    """Have the buyer send the item back, and the seller want to keep something of its price; and an unknown parcel arrive."""
    path, photo_id = f"/returns/{matter.ids['return_id']}", matter.ids["photo_id"]
    await matter.done(SELLER, "disputes", f"{path}/acceptance")
    await matter.done(SELLER, "disputes", f"{path}/label", {"carrier": "dpd", "tracking_number": "05308955120002"})
    await matter.done(BUYER, "disputes", f"{path}/shipment", {})
    await matter.done(SELLER, "disputes", f"{path}/receipt")
    inspected = {"deviations": ["scratched"], "deduction_minor": 100, "currency": "EUR", "photos": [photo_id]}
    await matter.done(SELLER, "disputes", f"{path}/inspection", inspected)
    await matter.marketplace.scan_return("05308955129999", "received")
    await matter.shows("/refused-parcels", lambda shown: shown["parcels"], "disputes")


async def _judge_a_locked_device(matter: Matter) -> str:
    """Have a register know a device as blocked, the chance to unlock it end, and a verdict follow; return the case."""
    bought = await matter.marketplace.sell("lv", BUYER[1], SELLER[1], "Phone", model="gtin_locked")
    await matter.marketplace.check_device(bought, blocked=True)
    cases: list[Json] = []

    async def opened() -> bool:
        cases[:] = (await matter.ask(BUYER, "GET", "ticketing", "/cases?reason=LOCKED_DEVICE")).json()["cases"]
        return bool(cases) and cases[0]["answered_by"] == "platform"

    await eventually("the case of the device to be opened", opened)
    case = f"/cases/{cases[0]['case_id']}"
    (takeover,) = (await matter.ask(AGENT, "GET", "ticketing", f"{case}/takeovers")).json()
    path = f"/takeovers/{takeover['takeover_id']}"
    await matter.done(BUYER, "ticketing", f"{path}/unlock-answer", {"unlocked": False})
    await matter.done(SUPERVISOR, "ticketing", f"{path}/verdict", {"confirmed": True, "reason": "lock_seen"})
    await matter.done(SELLER, "ticketing", f"{path}/appeals", {"grounds": ["lock_removed"]})
    await matter.shows(f"{case}/context", lambda shown: shown["listing_stop"], "ticketing")
    return str(cases[0]["case_id"])


async def _have_the_seller_reviewed(matter: Matter) -> None:
    """Have a brand say that a model is not its own, and a verdict confirm it for a line that was bought."""
    await matter.marketplace.sell("lv", BUYER[1], SELLER[1], "Phone", model="gtin_false")
    notice = BrandNoticeReceived(
        model="gtin_false",
        notice_id="BN-2026-0042",
        markets=("lv",),
        seller_id=SellerId(SELLER[1]),
        noticed_at=datetime.now(UTC),
    )
    await matter.marketplace.tell(notice, notice.model)
    found: list[Json] = []

    async def opened() -> bool:
        cases = (await matter.ask(BUYER, "GET", "ticketing", "/cases?reason=COUNTERFEIT")).json()["cases"]
        if cases:
            found[:] = (await matter.ask(AGENT, "GET", "ticketing", f"/cases/{cases[0]['case_id']}/takeovers")).json()
        return bool(found)

    await eventually("the case of the counterfeit to be taken over", opened)
    verdict = {"confirmed": True, "reason": "brand_says_so"}
    await matter.done(SUPERVISOR, "ticketing", f"/takeovers/{found[0]['takeover_id']}/verdict", verdict, (404, 409))

    async def reviewed() -> bool:
        queue = await matter.ask(SUPERVISOR, "GET", "messaging", "/moderation/conduct-complaints?market=lv")
        return any(complaint["rests_on"] for complaint in queue.json()["complaints"])

    await eventually("the review of the seller to wait", reviewed)


async def _appeal_a_charge(matter: Matter, case_id: str) -> None:
    """Have the seller contest what a takeover cost, a mediator uphold it, and the seller appeal that."""
    money = f"/cases/{case_id}/money"
    await matter.shows(money, lambda shown: {c["status"] for c in shown["charges"]} == {"POSTED"}, "billing")
    charge = (await matter.known("billing", money))["body"]["charges"][0]
    path = f"/charges/{charge['charge_id']}"
    await matter.done(SELLER, "billing", f"{path}/contest", {"ground": "lock_removed"})
    await matter.done(MEDIATOR, "billing", f"{path}/review", {"verdict": "uphold", "reason": "lock_seen"})
    await matter.done(SELLER, "billing", f"{path}/appeals", {"grounds": ["lock_removed"]})


async def _appeal_a_decision(matter: Matter, case_id: str) -> None:
    """Have the buyer complain where the platform has the contact, a mediator ask for a receipt, do without, and find that the
    buyer knew better, and the seller appeal."""
    money = {"remedy": "NONE", "currency": "EUR"}
    claim = {"reason": "LOCKED_DEVICE", **money}
    opened = await matter.done(BUYER, "disputes", f"/cases/{case_id}/disputes", claim, (404,))
    path = f"/disputes/{opened['dispute_id']}"
    asked = await matter.done(
        MEDIATOR, "disputes", f"{path}/evidence-requests", {"of": "seller", "kind": "receipt"}, (409,)
    )
    matter.ids["request_id"] = asked["evidence_requests"][-1]["request_id"]
    await matter.done(MEDIATOR, "disputes", f"{path}/evidence-requests/{matter.ids['request_id']}/withdrawal")
    file = {"kind": "photo", "content_base64": base64.b64encode(PICTURE).decode()}
    proof = [(await matter.done(BUYER, "disputes", f"{path}/evidence", file))["evidence"][-1]["evidence_id"]]
    found = {"kind": "CLAIM_KNOWINGLY_UNFOUNDED", "reason": "picture_of_another", "facts": proof}
    decision = {**money, "clause": "S-5.1", "facts": proof, "reasons": ["not_proved"], "finding": found}
    await matter.done(MEDIATOR, "disputes", f"{path}/decision", decision, (409,))
    await matter.known("messaging", f"/claim-standings/{BUYER[1]}")
    await matter.done(SELLER, "disputes", f"{path}/appeals", {"grounds": ["clause_wrong"]})


async def _find_against_the_seller(matter: Matter, case_id: str) -> None:
    """Have the buyer complain about the seller's conduct, the seller be heard, and appeal what was found."""
    complaint = {"grounds": ["INSULT"], "statement": "Viņš mani nosauca par muļķi."}
    filed = await matter.done(BUYER, "messaging", f"/conversations/{case_id}/conduct-complaints", complaint)
    path = f"/conduct-complaints/{filed['complaint_id']}"
    await matter.done(MEDIATOR, "messaging", f"{path}/investigation")
    await matter.done(MEDIATOR, "messaging", f"{path}/telling", {"allegation": "Jūs esot pircēju apvainojuši."})
    await matter.done(SELLER, "messaging", f"{path}/answer", {"answer": "Tas bija joks."})
    found = {"result": "FOUND", "reasons": ["words_on_record"]}
    await matter.done(MEDIATOR, "messaging", f"{path}/decision", found)
    await matter.done(SELLER, "messaging", f"{path}/appeals", {"grounds": ["words_misread"]})


async def _take_over(matter: Matter) -> None:
    """Have the platform take the contact over: the parties get a notice, and the seller is locked out."""
    case = f"/cases/{matter.ids['case_id']}"
    entries = (await matter.ask(AGENT, "GET", "ticketing", f"{case}/timeline")).json()["entries"]
    facts = [entry["event_id"] for entry in entries]
    await matter.done(AGENT, "ticketing", f"{case}/takeovers", {"trigger": "T3", "facts": facts})

    async def locked() -> bool:
        view = await matter.ask(SELLER, "GET", "messaging", f"/conversations/{matter.ids['case_id']}")
        return bool(view.json()["locks"])

    await eventually("the seller to be locked out", locked)


async def _ask_again(matter: Matter) -> None:
    """Have the buyer open a second case about the same order line, which stands beside the first."""
    case = (await matter.ask(BUYER, "GET", "ticketing", f"/cases/{matter.ids['case_id']}")).json()
    draft = await matter.done(BUYER, "messaging", "/drafts", {"text": "Kur ir mana nauda?", "market": "lv"})
    about = {"order_id": case["order_id"], "line_id": case["line_id"], "draft_id": draft["draft_id"]}
    await matter.done(BUYER, "ticketing", "/cases", {**about, "reason": "REFUND_STATUS"})


# -- Every screen ---------------------------------------------------------------------------------------------------------


def screens(described: Json) -> Iterator[tuple[str, Json]]:
    """Yield the path of each GET that answers in JSON, and the schema of its answer."""
    for path, operations in described["paths"].items():
        content = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if "application/json" in content:
            yield path, content["application/json"]["schema"]


def named(described: Json, schema: Json) -> set[str]:
    """Return the schemas that one refers to, at any depth."""
    found: set[str] = set()
    ahead = [schema]
    while ahead:
        names = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(ahead.pop()))) - found
        found |= names
        ahead += [described["components"]["schemas"][name] for name in names]
    return found


def objects(value: object) -> Iterator[Json]:
    """Yield every object in a JSON value."""
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(child)


def validator(described: Json, schema: Json) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": described["components"]})


async def described_by(matter: Matter, service: str) -> Json:
    return close(await matter.described(service))


_ASKED_WITH = {"/timelines": f"?person_id={BUYER[1]}", "/disputes": "?order=newest"}
"""What a screen must be asked with."""


def addresses(matter: Matter, service: str, path: str) -> list[str]:
    """Return where a screen is asked for: of a case about an order, of one about a listing, and of one about a locked device."""
    ids = matter.ids_in(service)
    cases = (
        (ids["case_id"], ids["asked_before_buying"], ids["found_locked"]) if "{case_id}" in path else (ids["case_id"],)
    )
    return [f"{path.format_map({**ids, 'case_id': case})}{_ASKED_WITH.get(path, '')}" for case in cases]


@pytest.mark.parametrize("service", SERVICES)
async def test_a_screen_shows_the_fields_that_are_documented_and_no_other(explored: Matter, service: str) -> None:
    """INVARIANT: S5; would break if a route returned something other than its view."""
    described = await described_by(explored, service)
    shown: set[str] = set()
    seen: list[Json] = []
    for path, schema in screens(described):
        for actor, asked in product(
            (BUYER, SELLER, AGENT, SUPERVISOR, ADMINISTRATOR), addresses(explored, service, path)
        ):
            answer = await explored.ask(actor, "GET", service, asked)
            if answer.status_code == 200:
                assert answer.headers["content-type"] == "application/json"
                validator(described, schema).validate(answer.json())
                shown.add(path)
                seen += objects(answer.json())
    assert shown == {path for path, _schema in screens(described)}, "nobody could open some screen"
    views = {name for _path, schema in screens(described) for name in named(described, schema)}
    members = {name: described["components"]["schemas"][name]["properties"].keys() for name in views}
    assert {name for name in views if not any(o.keys() == members[name] for o in seen)} == set(), "never shown"


async def test_a_field_that_is_not_documented_would_be_seen(explored: Matter) -> None:
    """The control: a real answer, checked against a description that lacks one of its fields."""
    described = await described_by(explored, "billing")
    answer = await explored.ask(SELLER, "GET", "billing", f"/charges/{explored.ids['charge_id']}")
    schema = dict(screens(described))["/charges/{charge_id}"]
    validator(described, schema).validate(answer.json())
    del described["components"]["schemas"]["ChargeView"]["properties"]["capped"]
    described["components"]["schemas"]["ChargeView"]["required"].remove("capped")
    with pytest.raises(ValidationError, match="'capped' was unexpected"):
        validator(described, schema).validate(answer.json())


@pytest.mark.parametrize("actor", [SELLER, AGENT])
async def test_a_statement_and_a_file_come_as_the_documented_media_types(explored: Matter, actor: Actor) -> None:
    statement = f"/sellers/{explored.ids['seller_id']}/statements/{explored.ids['month']}?format="
    file = f"/evidence/{explored.ids['evidence_id']}/content"
    for service, path, media_type in (
        ("billing", f"{statement}csv", "text/csv"),
        ("billing", f"{statement}pdf", "application/pdf"),
        ("disputes", file, "text/plain"),
    ):
        answer = await explored.ask(actor, "GET", service, path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == media_type


# -- What a request must be -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_a_body_of_another_media_type_is_refused_as_such(explored: Matter, media_type: str) -> None:
    answer = await explored.ask(
        BUYER,
        "POST",
        "messaging",
        "/drafts",
        content=b'{"text": "x", "market": "lv"}',
        headers={"content-type": media_type},
    )
    assert answer.status_code == 415, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_whole_amount_may_be_written_with_a_decimal_point(explored: Matter) -> None:
    """JSON has one kind of number; 10.5 stays refused, and so do texts and booleans."""
    claim = b'{"reason": "LATE", "remedy": "PARTIAL_REFUND", "currency": "EUR", "amount_minor": 500.0}'
    headers = {"content-type": "application/json"}
    path = f"/cases/{await explored.new_case()}/disputes"
    answer = await explored.ask(BUYER, "POST", "disputes", path, content=claim, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["claimed_minor"] == 500


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_a_method_that_is_not_served_hears_of_all_that_are(explored: Matter, method: str) -> None:
    """RFC 9110, 15.5.6: `Allow` names every method of the address, though each is a route of its own."""
    answer = await explored.ask(AGENT, method, "ticketing", "/cases")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


async def test_the_document_asks_for_a_token_and_names_what_errors_look_like(explored: Matter) -> None:
    for service in SERVICES:
        described = await described_by(explored, service)
        assert described["security"] == [{"bearer": []}]
        for operation in (o for operations in described["paths"].values() for o in operations.values()):
            errors = {s: a["content"] for s, a in operation["responses"].items() if int(s) >= 400}
            assert {"400", "401", "403", "404", "409", "413", "422", "503"} <= errors.keys()
            assert ("415" in errors) == ("requestBody" in operation)
            assert {media for content in errors.values() for media in content} == {"application/problem+json"}


# -- Generated requests ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actor", "phases", "examples"),
    [
        *(pytest.param(actor, ("fuzzing",), FEW, id=f"few of a {actor[0]}") for actor in (BUYER, SELLER, AGENT)),
        *(
            pytest.param(actor, phases, MANY, id=f"many of a {actor[0]}", marks=pytest.mark.long)
            for actor, phases in ((BUYER, ("fuzzing",)), (SELLER, ("fuzzing",)), (AGENT, ALL_PHASES))
        ),
    ],
)
@pytest.mark.parametrize("service", SERVICES)
async def test_every_answer_is_as_described(
    explored: Matter, service: str, actor: Actor, phases: tuple[str, ...], examples: int
) -> None:
    """INVARIANT: would break if a route answered by a status, a media type or a field that its document does not name.

    Each time a few requests to every route; many, and every boundary of the schemas, among the faults that take minutes.
    """
    token = explored.stack.token(*actor)  # type: ignore[arg-type]
    document = f"{explored.admin_urls[service]}/openapi.json"
    known = explored.ids_in(service)
    found = await asyncio.to_thread(explore, explored.urls[service], document, token, known, phases, examples)
    assert not found.findings, "\n\n".join(f"{what}\n{detail}" for what, detail in found.findings.items())
    operations = {name for name, _status in found.answers}
    described = (await described_by(explored, service))["paths"]
    assert operations == {f"{m.upper()} {path}" for path, methods in described.items() for m in methods}
    assert found.skipped <= {("examples", NO_EXAMPLES)}
    assert set(found.checks) == set(CHECKS.get_all_names()), "a check did not run"
