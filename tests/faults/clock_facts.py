"""What other services would tell the SLA monitor, with event times of our choosing: whole lives of cases in seconds."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaProducer

from ombud_contracts import Event, Metadata, to_headers
from ombud_contracts.events.messaging import Classification, MessageDelivered
from ombud_contracts.events.ticketing import CaseClosed, CaseOpened

MARKET = "demo-de"
"""A reply is owed within 12 s there, at any hour."""
REPLY_SECONDS = 12


@dataclass(frozen=True)
class Fact:
    """A record for the monitor: where it goes, and what it says."""

    topic: str
    key: str
    value: bytes
    headers: list[tuple[str, bytes]]


@dataclass
class Facts:
    """Makes facts, with sequences per aggregate as their services would."""

    sequences: Counter[str] = field(default_factory=Counter)

    def opened(self, case_id: str, at: datetime) -> Fact:
        """A case of the test market was opened."""
        event = CaseOpened(
            case_id=case_id,
            number="DE-26-00000",
            market=MARKET,
            buyer_id=f"buy_{case_id}",
            seller_id="sel_1",
            order_id="ord_1",
            line_id="lin_1",
            reason="DAMAGED",
            family="PRODUCT",
            phase="after",
            priority=3,
            priority_reasons=(),
            draft_id="drf_1",
            opened_by="buyer",
            opened_at=at,
        )
        return self._fact(event, case_id, case_id, at)

    def closed(self, case_id: str, at: datetime) -> Fact:
        """The case was closed."""
        return self._fact(CaseClosed(case_id=case_id, closed_at=at), case_id, case_id, at)

    def asked(self, case_id: str, at: datetime) -> Fact:
        """The buyer wrote."""
        return self._written(case_id, "buyer", at, qualifies=False)

    def answered(self, case_id: str, at: datetime) -> Fact:
        """The seller answered, in person."""
        return self._written(case_id, "seller", at, qualifies=True)

    def answered_by_machine(self, case_id: str, at: datetime) -> Fact:
        """The seller's machine answered."""
        return self._written(case_id, "seller", at, qualifies=False)

    def _written(self, case_id: str, role: Any, at: datetime, qualifies: bool) -> Fact:
        subject = f"cnv_{case_id}"
        number = self.sequences[subject] + 1
        event = MessageDelivered(
            case_id=case_id,
            message_id=f"msg_{case_id}_{number}",
            author_role=role,
            audience="thread",
            sha256="0" * 64,
            characters=80,
            first=number == 1,
            classification=Classification(language="de"),
            qualifies=qualifies,
            not_qualifying_because=() if qualifies or role == "buyer" else ("automated",),
            submitted_at=at,
            delivered_at=at,
        )
        return self._fact(event, subject, case_id, at)

    def _fact(self, event: Event, subject: str, case_id: str, at: datetime) -> Fact:
        self.sequences[subject] += 1
        sequence = self.sequences[subject]
        metadata = Metadata(
            id=f"{subject}:{sequence}",
            subject=subject,
            sequence=sequence,
            key=case_id,
            occurred_at=at,
            recorded_at=at,
            case_id=case_id,
            market=MARKET,
            correlation_id=case_id,
            causation_id=case_id,
        )
        return Fact(event.topic, case_id, event.to_bytes(), list(to_headers(event, metadata)))


async def send(kafka: str, namespace: str, facts: Iterable[Fact]) -> None:
    """Put facts on their topics, in this order per key."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True, linger_ms=5)
    await producer.start()
    try:
        sent = [
            await producer.send(f"{namespace}.{f.topic}", f.value, key=f.key.encode(), headers=f.headers) for f in facts
        ]
        for one in sent:
            await one
    finally:
        await producer.stop()
