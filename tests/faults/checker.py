"""The offline checker: what must hold after any fault, judged from topics and databases alone.

Every check returns one line per violation. The checker itself is tested: evidence that was tampered with must not pass.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime

from evidence import Document, Evidence, Published

from ombud_contracts import groups

_BREACHES = ("sla-monitor.clock_breached", "sla-monitor.breach_withdrawn")
_NO_AGGREGATES = {"leases", "lease_members"}


def violations(evidence: Evidence) -> list[str]:
    """Return every violation of every invariant."""
    return [f"{check.__name__}: {line}" for check in CHECKS for line in check(evidence)]


def _own(evidence: Evidence) -> Iterable[Published]:
    return (r for r in evidence.records if not r.topic.startswith("marketplace.") and r.id)


def _first_seen(evidence: Evidence) -> dict[str, Published]:
    first: dict[str, Published] = {}
    for record in evidence.records:
        first.setdefault(record.id, record)
    return first


def _aggregates(evidence: Evidence) -> Iterable[Document]:
    for database in evidence.databases.values():
        for name, documents in database.items():
            if name not in _NO_AGGREGATES:
                yield from (d for d in documents if {"version", "sequence", "state"} <= d.keys())


def i1_every_committed_event_is_published_and_no_other(evidence: Evidence) -> Iterable[str]:
    """Conservation and no phantom (I1, I2): committed sequences and ids on the topics are the same set."""
    committed = {f"{d['_id']}:{n}" for d in _aggregates(evidence) for n in range(1, d["sequence"] + 1)}
    published = {r.id for r in _own(evidence)}
    yield from (f"committed and not published: {id}" for id in sorted(committed - published))
    yield from (f"published and not committed: {id}" for id in sorted(published - committed))


def i3_repeats_are_byte_identical(evidence: Evidence) -> Iterable[str]:
    """A repeated id has the same value, key and attributes."""
    first = _first_seen(evidence)
    for record in _own(evidence):
        known = first[record.id]
        if (record.value, record.key, record.headers) != (known.value, known.key, known.headers):
            yield f"two versions of {record.id}"


def i4_sequences_have_no_gap_and_keep_their_order(evidence: Evidence) -> Iterable[str]:
    """Per aggregate: 1 … n without a gap, and on each of its topics in first-seen order on one partition."""
    seen: dict[str, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    known: set[str] = set()
    for record in _own(evidence):
        if record.id not in known:
            known.add(record.id)
            subject, _, sequence = record.id.rpartition(":")
            seen[subject][record.topic].append((record.partition, int(sequence)))
    for subject, topics in seen.items():
        numbers = sorted(n for places in topics.values() for _, n in places)
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"{subject}: sequences {numbers}"
        for topic, places in topics.items():
            if places != sorted(places, key=lambda place: place[1]):
                yield f"{subject}: out of order on {topic}: {[n for _, n in places]}"
            if len({partition for partition, _ in places}) > 1:
                yield f"{subject}: on several partitions of {topic}"


def i5_every_event_takes_effect_once_per_consumer(evidence: Evidence) -> Iterable[str]:
    """Every event is in the inbox of every group that reads it, or parked there (I5, I8): nothing dropped in silence."""
    for group in groups.ALL:
        database = evidence.databases[group.consumer]
        handled = {d["_id"] for d in database.get("inbox", ())}
        parked_at = {d["_id"] for d in database.get("parked", ())}
        for record in evidence.records:
            if record.topic not in group.topics or record.inbox_id in handled:
                continue
            if f"{group.name}|{record.topic}|{record.partition}|{record.offset}" not in parked_at:
                yield f"{group.name}: neither handled nor parked: {record.topic} {record.id or record.offset}"


_PASSED_ON = ("REFUND", "SHIPPING_REFUND")
_PAYOUTS = "payouts_clearing"
"""The account from which a payout takes charges, which is an entry of its own beside the charge's."""
_MONEY = frozenset(
    {
        "disputes.dispute_decided",
        "disputes.dispute_settled",
        "disputes.goodwill_given",
        "ticketing.takeover_activated",
        "ticketing.takeover_reversed",
        "marketplace.refund_paid",
        "marketplace.refund_refused",
    }
)


def i6_no_decision_about_money_is_parked(evidence: Evidence) -> Iterable[str]:
    """What somebody must pay or get is never left in the dead letters: a person was told that it is done (I6, S-10)."""
    parked = {d["_id"]: d.get("reason", "") for d in evidence.databases["billing"].get("parked", ())}
    for record in evidence.records:
        place = f"{groups.BILLING_CHARGES.name}|{record.topic}|{record.partition}|{record.offset}"
        if record.headers.get("ce_type") in _MONEY and place in parked:
            yield f"{record.headers['ce_type']} {record.id} is parked: {parked[place]}"


def i6_money_balances(evidence: Evidence) -> Iterable[str]:
    """Debits equal credits; one entry per charge and reversal; integers; refunds never above what was paid, but for those
    that the payment system paid although it had refused them; no seller is charged for a refund that was not paid (S-1)."""
    billing = evidence.databases["billing"]
    entries = billing.get("ledger_entries", ())
    totals: Counter[str] = Counter()
    for entry in entries:
        amounts = [p["amount_minor"] for p in entry["postings"]]
        if not all(type(a) is int for a in amounts) or sum(amounts):
            yield f"entry {entry['_id']} does not balance"
        totals[entry["currency"]] += sum(amounts)
    yield from (f"{currency} is out by {total}" for currency, total in totals.items() if total)
    keys = Counter(
        (d["state"]["terms"]["decision_id"], d["state"]["terms"]["line"]) for d in billing.get("charges", ())
    )
    yield from (f"{key} was charged {n} times" for key, n in keys.items() if n > 1)
    causes = Counter((e["caused_by"], e["reverses"] is not None, _is_of_a_payout(e)) for e in entries)
    yield from (f"{cause} has {n} entries" for cause, n in causes.items() if n > 1)
    paid = {d["_id"]: d["state"]["paid_minor"] for d in billing.get("bought_lines", ())}
    against_its_word = _paid_and_refused(evidence)
    for exposure in billing.get("exposures", ()):
        parts = exposure["state"]["refunds"]
        refunded = sum(part["minor"] for part in parts if part["id"] not in against_its_word)
        if refunded > paid[exposure["_id"].removeprefix("exp_")]:
            yield f"{exposure['_id']}: refunds above what was paid"
    recoverable: Counter[str] = Counter()
    for entry in entries:
        for posting in entry["postings"]:
            if posting["account"] == "refunds_recoverable":
                recoverable[entry["currency"]] += posting["amount_minor"]
    yield from (f"{-n} {c} recovered for refunds that nobody got" for c, n in recoverable.items() if n < 0)


def _is_of_a_payout(entry: Document) -> bool:
    return any(posting["account"] == _PAYOUTS for posting in entry["postings"])


def i6_a_charge_of_a_refund_rests_on_what_was_paid(evidence: Evidence) -> Iterable[str]:
    """What sellers owe, or paid, for refunds of a decision is never more than what the buyer got by it; what holds instead of an
    amended decision counts with it."""
    first = _first_decisions(evidence)
    paid: Counter[str] = Counter()
    for refund in evidence.databases["billing"].get("refunds", ()):
        order = refund["state"]["order"]
        if refund["state"]["status"] == "COMPLETED":
            paid[first.get(order["decision_id"], order["decision_id"])] += order["amount_minor"]
    recovered: Counter[str] = Counter()
    for charge in evidence.databases["billing"].get("charges", ()):
        terms, status = charge["state"]["terms"], charge["state"]["status"]
        if terms["kind"] in _PASSED_ON and charge["state"]["entry"] and status not in ("REVERSED", "WITHDRAWN"):
            recovered[first.get(terms["decision_id"], terms["decision_id"])] += terms["net_minor"]
    for decision_id, minor in recovered.items():
        if minor > paid[decision_id]:
            yield f"{decision_id} recovers {minor}, and {paid[decision_id]} was paid"


def _first_decisions(evidence: Evidence) -> dict[str, str]:
    first: dict[str, str] = {}
    for record in evidence.records:
        told = json.loads(record.value) if record.headers.get("ce_type") == "disputes.appeal_decided" else {}
        if told.get("decision"):
            root = first.setdefault(told["decision_id"], told["decision_id"])
            first[told["decision"]["decision_id"]] = root
    return first


def _paid_and_refused(evidence: Evidence) -> set[str]:
    said: dict[str, set[str]] = {}
    for record in evidence.records:
        kind = record.headers.get("ce_type", "")
        if kind in ("marketplace.refund_paid", "marketplace.refund_refused"):
            said.setdefault(json.loads(record.value)["refund_id"], set()).add(kind)
    return {refund_id for refund_id, kinds in said.items() if len(kinds) > 1}


def i7_breaches_are_announced_once_and_never_early(evidence: Evidence) -> Iterable[str]:
    """At most one breach per clock, round and deadline that was not withdrawn; recorded at or after the deadline by
    server time."""
    standing: set[tuple[str, int, str]] = set()
    of_clocks = [r for r in _first_seen(evidence).values() if r.headers.get("ce_type") in _BREACHES]
    for record in sorted(of_clocks, key=lambda r: int(r.id.rpartition(":")[2])):
        data = json.loads(record.value)
        if record.headers["ce_type"] == "sla-monitor.breach_withdrawn":
            standing -= {known for known in standing if known[:2] == (data["clock_id"], data["round"])}
            continue
        told = (data["clock_id"], data["round"], data["due_by"])
        if told in standing:
            yield f"{told} was announced again"
        standing.add(told)
        if datetime.fromisoformat(record.headers["ce_recordedtime"]) < datetime.fromisoformat(data["due_by"]):
            yield f"{record.id} was announced early"


def i9_everything_has_come_to_rest(evidence: Evidence) -> Iterable[str]:
    """Outboxes empty, nothing waiting, no lag."""
    for service, database in evidence.databases.items():
        for name in ("outbox", "waiting"):
            if database.get(name):
                yield f"{service}: {len(database[name])} in {name}"
    if evidence.lag:
        yield f"{evidence.lag} records not consumed"


CHECKS: tuple[Callable[[Evidence], Iterable[str]], ...] = (
    i1_every_committed_event_is_published_and_no_other,
    i3_repeats_are_byte_identical,
    i4_sequences_have_no_gap_and_keep_their_order,
    i5_every_event_takes_effect_once_per_consumer,
    i6_no_decision_about_money_is_parked,
    i6_money_balances,
    i6_a_charge_of_a_refund_rests_on_what_was_paid,
    i7_breaches_are_announced_once_and_never_early,
    i9_everything_has_come_to_rest,
)
