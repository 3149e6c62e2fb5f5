"""The checker is not blind: sound evidence passes, and evidence in which one thing was tampered with does not."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from checker import violations
from evidence import SERVICES, Document, Evidence, Published

from ombud_contracts import groups

AT = datetime(2026, 9, 15, 12, tzinfo=UTC)


def record(id: str, type: str, topic: str, value: bytes = b"{}", **changes: Any) -> Published:
    headers = {"ce_id": id, "ce_type": type, "ce_recordedtime": AT.isoformat()}
    return replace(Published(topic, 3, 0, "cas_1", id, headers, value), **changes)


def aggregate(id: str, sequence: int, **state: Any) -> Document:
    return {"_id": id, "version": sequence, "sequence": sequence, "state": state}


BREACH = b'{"clock_id": "clk_1", "round": 1, "due_by": "2026-09-15T11:59:59+00:00"}'
RECORDS = (
    record("cas_1:1", "ticketing.case_opened", "ticketing.cases.v1", offset=0),
    record("cas_1:2", "ticketing.case_closed", "ticketing.cases.v1", offset=1),
    record("clk_1:1", "sla-monitor.clock_breached", "sla-monitor.clocks.v1", BREACH),
)
ENTRY = {
    "_id": "ent_1",
    "currency": "EUR",
    "caused_by": "chg_1",
    "reverses": None,
    "postings": [{"account": "receivable:sel_1", "amount_minor": 100}, {"account": "revenue", "amount_minor": -100}],
}


def sound() -> Evidence:
    databases: dict[str, dict[str, tuple[Document, ...]]] = {s: {} for s in SERVICES}
    for group in groups.ALL:
        handled = [{"_id": r.inbox_id} for r in RECORDS if r.topic in group.topics]
        databases[group.consumer]["inbox"] = tuple(handled)
    databases["ticketing"]["cases"] = (aggregate("cas_1", 2),)
    databases["sla-monitor"]["clocks"] = (aggregate("clk_1", 1),)
    databases["billing"]["ledger_entries"] = (ENTRY,)
    return Evidence(RECORDS, databases, 0)


def changed(evidence: Evidence, service: str, name: str, *documents: Document) -> Evidence:
    databases = {s: dict(d) for s, d in evidence.databases.items()}
    databases[service][name] = documents
    return replace(evidence, databases=databases)


def unbalanced() -> Document:
    return ENTRY | {"postings": [{"account": "receivable:sel_1", "amount_minor": 100}]}


def early() -> Published:
    headers: Mapping[str, str] = {**RECORDS[2].headers, "ce_recordedtime": "2026-09-15T11:59:58+00:00"}
    return replace(RECORDS[2], headers=headers)


def with_parked_decision(evidence: Evidence) -> Evidence:
    decided = record("dsp_1:4", "disputes.dispute_decided", "disputes.disputes.v1", offset=9)
    place = {"_id": f"{groups.BILLING_CHARGES.name}|{decided.topic}|{decided.partition}|{decided.offset}"}
    evidence = replace(evidence, records=(*evidence.records, decided))
    for group in groups.ALL:
        if decided.topic in group.topics and group.consumer != "billing":
            known = evidence.databases[group.consumer]["inbox"]
            evidence = changed(evidence, group.consumer, "inbox", *known, {"_id": decided.inbox_id})
    evidence = changed(evidence, "disputes", "disputes", aggregate("dsp_1", 4))
    return changed(evidence, "billing", "parked", place)


def recovering() -> Document:
    terms = {"decision_id": "dec_1", "line": "refund", "kind": "REFUND", "net_minor": 900}
    return {"_id": "chg_1", "state": {"terms": terms, "status": "SETTLED", "entry": ENTRY}}


TAMPERED: dict[str, tuple[str, Callable[[Evidence], Evidence]]] = {
    "an event is lost": ("i1", lambda e: replace(e, records=e.records[1:])),
    "an event of nothing committed": (
        "i1",
        lambda e: replace(e, records=(*e.records, record("cas_9:1", "ticketing.case_opened", "ticketing.cases.v1"))),
    ),
    "a repeat with other bytes": ("i3", lambda e: replace(e, records=(*e.records, replace(RECORDS[0], value=b"[]")))),
    "an id minted at publishing": (
        "i1",
        lambda e: replace(e, records=(replace(RECORDS[0], id="cas_1:77"), *e.records[1:])),
    ),
    "a swapped order": ("i4", lambda e: replace(e, records=(RECORDS[1], RECORDS[0], RECORDS[2]))),
    "a second partition": ("i4", lambda e: replace(e, records=(replace(RECORDS[0], partition=4), *e.records[1:]))),
    "a decision about money in the dead letters": ("i6", lambda e: with_parked_decision(e)),
    "acknowledged before handling": ("i5", lambda e: changed(e, "messaging", "inbox")),
    "an unbalanced entry": ("i6", lambda e: changed(e, "billing", "ledger_entries", unbalanced())),
    "a charge posted twice": (
        "i6",
        lambda e: changed(e, "billing", "ledger_entries", ENTRY, ENTRY | {"_id": "ent_2"}),
    ),
    "a charge of a refund that nobody paid": ("i6", lambda e: changed(e, "billing", "charges", recovering())),
    "an early breach": ("i7", lambda e: replace(e, records=(*e.records[:2], early()))),
    "a breach told twice": (
        "i7",
        lambda e: replace(e, records=(*e.records, replace(RECORDS[2], id="clk_1:2"))),
    ),
    "a full outbox": ("i9", lambda e: changed(e, "disputes", "outbox", {"_id": "x"})),
    "lag": ("i9", lambda e: replace(e, lag=3)),
}


def test_sound_evidence_passes() -> None:
    assert violations(sound()) == []


@pytest.mark.parametrize(("invariant", "tamper"), TAMPERED.values(), ids=TAMPERED.keys())
def test_tampered_evidence_fails(invariant: str, tamper: Callable[[Evidence], Evidence]) -> None:
    found = violations(tamper(sound()))
    assert any(line.startswith(invariant) for line in found), found
