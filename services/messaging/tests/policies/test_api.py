"""Enforcement policies over HTTP on real MongoDB: proposed, tried over stored messages, published, in force from a date."""

from datetime import datetime, timedelta

import pytest
from attachment_desk import BUYER, SELLER, Desk
from enforcement_desk import ADMINISTRATOR, LEAK, SUPERVISOR, Json, do, dry_run, see, told, write

from chassis.mongo import Mongo
from chassis.store import Unavailable
from messaging.policies.domain.trial import Change, judge
from messaging.policies.known import Policies, rows_of
from ombud_detection import Action, Finding, Kind, default_policy

HOLD_PHONES: Json = {
    "id": "lv.phone-hold",
    "sentence": "A moderator looks at telephone numbers first.",
    "action": "hold",
    "kind": "phone",
}
NOTICE = timedelta(seconds=100_000)


def proposal(desk: Desk, *rows: Json, ahead: timedelta = timedelta(days=2)) -> Json:
    return {"market": "lv", "rows": list(rows or (HOLD_PHONES,)), "effective_from": (desk.clock.at + ahead).isoformat()}


async def proposed(desk: Desk, *rows: Json, ahead: timedelta = timedelta(days=2)) -> str:
    made = await do(desk, SUPERVISOR, "/policy-candidates", proposal(desk, *rows, ahead=ahead), 201)
    id: str = made["candidate_id"]
    return id


async def tried(desk: Desk, id: str, days: int = 1) -> Json:
    now: datetime = desk.clock.at
    window = {"from_at": (now - timedelta(days=days)).isoformat(), "to_at": now.isoformat()}
    await do(desk, SUPERVISOR, f"/policy-candidates/{id}/dry-runs", window, 201)
    await dry_run(desk)
    return await see(desk, SUPERVISOR, f"/policy-candidates/{id}")


async def published(desk: Desk, *rows: Json) -> Json:
    id = await proposed(desk, *rows)
    await tried(desk, id)
    return await do(desk, ADMINISTRATOR, f"/policy-candidates/{id}/publication")


async def known(mongo: Mongo) -> Policies:
    policies = Policies(fresh_seconds=3600)
    await policies.refresh(mongo)
    return policies


async def test_a_dry_run_counts_what_would_change_by_role_and_kind_and_lists_ids_never_texts(desk: Desk) -> None:
    blocked = [(await write(desk, SELLER, LEAK))["message_id"] for _ in range(2)]
    redacted = (await write(desk, BUYER, LEAK))["message_id"]
    await write(desk, BUYER, "Kad piegādāsiet?")
    report = await tried(desk, await proposed(desk))
    run = report["dry_run"]
    assert (run["state"], run["messages"], run["changed"]) == ("finished", 4, 3)
    assert [tuple(c.values()) for c in run["changes"]] == [
        ("buyer", "phone", "redact", "hold", 1),
        ("seller", "phone", "block", "hold", 2),
    ]
    listed = {m["message_id"]: (m["before"], m["after"]) for m in report["changed_messages"]}
    assert listed == {redacted: ("redact", "hold"), **dict.fromkeys(blocked, ("block", "hold"))}
    assert "29 123" not in str(report)


async def test_changed_messages_come_by_pages(desk: Desk) -> None:
    ids = sorted([(await write(desk, SELLER, LEAK))["message_id"] for _ in range(3)])
    candidate = await proposed(desk)
    await tried(desk, candidate)
    first = await see(desk, SUPERVISOR, f"/policy-candidates/{candidate}?limit=2")
    second = await see(desk, SUPERVISOR, f"/policy-candidates/{candidate}?limit=2&cursor={first['next_cursor']}")
    assert [m["message_id"] for p in (first, second) for m in p["changed_messages"]] == ids


async def test_a_dry_run_is_what_the_policy_then_does(desk: Desk) -> None:
    """What was counted before is what happens after: the same message, judged by the published rows."""
    before = await write(desk, SELLER, LEAK)
    report = await tried(desk, await proposed(desk))
    await published(desk)
    desk.clock.advance(days=3)
    policies = await known(desk.mongo)
    (message,) = await desk.mongo.find("messages", {"_id": before["message_id"]}, limit=1)
    found = [Finding(s["start"], s["end"], Kind(s["kind"]), s["rule"], s["score"]) for s in message["spotted"]]
    now, then = policies.rows("lv", desk.clock.at), policies.rows("lv", desk.clock.at - timedelta(days=2))
    judged = judge(found, "seller", "lv", message["phase"], then, now)
    assert [(m["before"], m["after"]) for m in report["changed_messages"]] == [(judged.before, judged.after)]


async def test_nothing_is_published_without_a_dry_run_or_by_a_supervisor_or_too_late(desk: Desk) -> None:
    id = await proposed(desk)
    refused = await do(desk, ADMINISTRATOR, f"/policy-candidates/{id}/publication", status=409)
    assert refused["type"].endswith("dry_run_missing")
    await tried(desk, id)
    await do(desk, SUPERVISOR, f"/policy-candidates/{id}/publication", status=403)
    desk.clock.advance(days=1)
    late = await do(desk, ADMINISTRATOR, f"/policy-candidates/{id}/publication", status=409)
    assert late["type"].endswith("effective_too_soon")


async def test_a_published_version_is_told_shown_and_in_force_from_its_date(desk: Desk) -> None:
    made = await published(desk)
    assert (made["state"], made["published_by"]) == ("published", "adm_1")
    (version,) = (await see(desk, SUPERVISOR, "/policies?market=lv"))["versions"]
    assert (version["number"], version["rows"][0]["id"]) == (1, "lv.phone-hold")
    assert len(await told(desk, "enforcement_published")) == 1
    policies, since = await known(desk.mongo), datetime.fromisoformat(made["effective_from"])
    assert "lv.phone-hold" not in {r.id for r in policies.rows("lv", since - timedelta(milliseconds=1))}
    assert "lv.phone-hold" in {r.id for r in policies.rows("lv", since)}
    assert policies.rows("de", since) == default_policy()


async def test_of_two_candidates_that_were_tried_against_the_same_rules_one_is_published(desk: Desk) -> None:
    first, second = await proposed(desk), await proposed(desk, ahead=timedelta(days=4))
    await tried(desk, first)
    await tried(desk, second)
    await do(desk, ADMINISTRATOR, f"/policy-candidates/{first}/publication")
    refused = await do(desk, ADMINISTRATOR, f"/policy-candidates/{second}/publication", status=409)
    assert refused["type"].endswith("rules_have_changed")
    await tried(desk, second)
    await do(desk, ADMINISTRATOR, f"/policy-candidates/{second}/publication")


async def test_a_replica_that_has_not_looked_for_too_long_decides_nothing(desk: Desk) -> None:
    now = [0.0]
    policies = Policies(fresh_seconds=30, elapsed=lambda: now[0])
    with pytest.raises(Unavailable):
        policies.rows("lv", desk.clock.at)
    await policies.refresh(desk.mongo)
    assert policies.rows("lv", desk.clock.at) == default_policy()
    now[0] = 31
    with pytest.raises(Unavailable):
        policies.rows("lv", desk.clock.at)


@pytest.mark.parametrize(
    "changes", [{"kind": "fax"}, {"action": "delete"}, {"phase": "never"}, {"minimum_score": 2}, {"market": "de"}]
)
async def test_a_row_that_says_nothing_is_refused(desk: Desk, changes: Json) -> None:
    await do(desk, SUPERVISOR, "/policy-candidates", proposal(desk, HOLD_PHONES | changes), 422)
    assert await desk.mongo.count("policy_candidates", {}, limit=1) == 0, "what is refused is not kept"


@pytest.mark.rule("R-25")
def test_the_phase_of_the_purchase_decides_where_a_row_says_so() -> None:
    """R-25: after the purchase a carrier's telephone number may be named, before it may not."""
    row = '{"rows": [{"id": "x", "sentence": "x", "action": "allow", "role": "seller", "kind": "phone", "phase": "after"}]}'
    found, after = [Finding(0, 9, Kind.PHONE, "phone.plain", 1.0)], (*default_policy(), *rows_of("lv", row))
    judged = [judge(found, "seller", "lv", phase, default_policy(), after) for phase in ("before", "after")]
    assert [(j.before, j.after) for j in judged] == [(Action.BLOCK, Action.BLOCK), (Action.BLOCK, Action.ALLOW)]
    assert judged[1].changes == (Change(role="seller", kind="phone", before="block", after="allow", messages=1),)
