"""The marketplace around Ombud: it tells of sellers and orders on its topics, and its payment system carries out refunds."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import CommitFailedError, KafkaError

from ombud_contracts import Event, Metadata, from_record, to_headers
from ombud_contracts.events import marketplace, payouts, products
from ombud_contracts.events.billing import RefundOrdered
from ombud_contracts.groups import Group
from ombud_contracts.topics import PRODUCTS, REFUNDS
from ombud_words import BuyerId, CaseId, LineId, ListingId, OrderId, RefundId, RunId, SellerId

_PAYMENTS = Group("payments.refunds", (REFUNDS,))
_LISTINGS = Group("listings.stops", (PRODUCTS,))
GROUPS = (_PAYMENTS, _LISTINGS)
"""What the marketplace hears of ours: while one of them is behind, something is about to happen."""
_AGAIN_SECONDS = 0.5
_REQUEST_TIMEOUT_MS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """An order of one line."""

    order_id: OrderId
    line_id: LineId
    buyer_id: BuyerId
    seller_id: SellerId
    market: str
    paid_minor: int
    promised_by: datetime
    imei: str


class Marketplace:
    """Publishes what the marketplace knows, and pays the refunds that billing orders."""

    def __init__(self, kafka: str, namespace: str) -> None:
        self._kafka = kafka
        self._prefix = f"{namespace}." if namespace else ""
        self._producer: AIOKafkaProducer | None = None
        self._working: list[asyncio.Task[None]] = []
        self.paid: list[RefundId] = []
        """Refunds carried out, by id."""
        self.cards_are_closed = False
        """Whether the payment system refuses what goes back in the way in which it was paid."""

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._kafka, enable_idempotence=True, request_timeout_ms=_REQUEST_TIMEOUT_MS
        )
        await self._producer.start()
        self._working = [
            asyncio.create_task(self._hear(_PAYMENTS, self._pay)),
            asyncio.create_task(self._hear(_LISTINGS, self._stop)),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        for task in self._working:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._producer:
            await self._producer.stop()

    async def tell(self, event: Event, key: str, market: str | None = None, case_id: CaseId | None = None) -> None:
        """Publish an event as the marketplace would; with a case, as ticketing would."""
        assert self._producer is not None, "enter the marketplace first"
        now, id = datetime.now(UTC), uuid.uuid4().hex
        metadata = Metadata(
            id=id,
            subject=key,
            sequence=1,
            key=key,
            occurred_at=now,
            recorded_at=now,
            market=market,
            case_id=case_id,
            correlation_id=id,
            causation_id=id,
        )
        topic = f"{self._prefix}{event.topic}"
        await self._producer.send_and_wait(
            topic, event.to_bytes(), key=key.encode(), headers=to_headers(event, metadata)
        )

    async def register_seller(self, seller_id: SellerId, market: str, languages: tuple[str, ...]) -> None:
        """A seller may sell in a market."""
        seller = marketplace.SellerRegistered(
            seller_id=seller_id, market=market, languages=languages, terms_version="2026-01"
        )
        await self.tell(seller, seller_id, market)

    async def offer(self, market: str, seller_id: SellerId, title: str) -> ListingId:
        """A seller offers something; return its listing."""
        listing_id = ListingId(f"lst_{uuid.uuid4().hex[:12]}")
        listing = marketplace.ListingPublished(
            listing_id=listing_id,
            seller_id=seller_id,
            market=market,
            title=title,
            condition="new",
            published_at=datetime.now(UTC),
        )
        await self.tell(listing, listing_id, market)
        return listing_id

    async def sell(
        self,
        market: str,
        buyer_id: BuyerId,
        seller_id: SellerId,
        title: str,
        price_minor: int = 24_900,
        currency: str = "EUR",
        model: str | None = None,
        overdue: timedelta | None = None,
    ) -> Purchase:
        """A buyer bought something that was promised for yesterday, and came; a piece of a model has a listing for each seller.

        What is `overdue` was promised for so long ago, and nothing of it came yet.
        """
        now = datetime.now(UTC)
        promised_by = now - (overdue or timedelta(days=1))
        order_id, line_id, imei = OrderId(f"ord_{uuid.uuid4().hex[:12]}"), LineId("lin_1"), "490154203237518"
        line = marketplace.OrderLine(
            line_id=line_id,
            listing=marketplace.ListingSnapshot(
                listing_id=ListingId("lst_1" if model is None else f"lst_{model}_{seller_id}"),
                title=title,
                condition="refurbished",
                attributes={"storage": "128 GB"},
                model=model,
            ),
            quantity=1,
            price_minor=price_minor,
            shipping_minor=490,
            imei=imei,
            promised_by=promised_by,
            terms=marketplace.SellerTerms(version="2026-01", return_days=30, warranty_months=12),
        )
        order = marketplace.OrderPlaced(
            order_id=order_id,
            buyer_id=buyer_id,
            seller_id=seller_id,
            market=market,
            currency=currency,
            placed_at=promised_by - timedelta(days=5),
            lines=(line,),
        )
        await self.tell(order, order_id, market)
        bought = Purchase(
            order_id=order_id,
            line_id=line_id,
            buyer_id=buyer_id,
            seller_id=seller_id,
            market=market,
            paid_minor=price_minor + 490,
            promised_by=promised_by,
            imei=imei,
        )
        if overdue is None:
            await self._ship(bought, now)
            await self.deliver(bought, now - timedelta(hours=20))
        return bought

    async def _ship(self, bought: Purchase, now: datetime) -> None:
        parcel = marketplace.ShipmentReported(
            order_id=bought.order_id,
            line_id=bought.line_id,
            carrier="dpd",
            tracking_number=f"0530{bought.order_id[-10:]}",
            state="out_for_delivery",
            reported_at=now - timedelta(hours=23),
        )
        await self.tell(parcel, bought.order_id, bought.market)

    async def deliver(self, bought: Purchase, at: datetime) -> None:
        """The carrier tells that it delivered an order, at an instant that may be long past."""
        delivered = marketplace.OrderDelivered(order_id=bought.order_id, line_id=bought.line_id, delivered_at=at)
        await self.tell(delivered, bought.order_id, bought.market)

    async def pay_out(self, seller_id: SellerId, market: str, currency: str = "EUR") -> RunId:
        """Pay a seller out, less what stands of the charges; return the run."""
        run_id = RunId(f"run_{uuid.uuid4().hex[:12]}")
        run = payouts.PayoutRun(
            run_id=run_id, seller_id=seller_id, market=market, currency=currency, run_at=datetime.now(UTC)
        )
        await self.tell(run, seller_id, market)
        return run_id

    async def check_device(self, bought: Purchase, *, blocked: bool) -> None:
        """A register of lost, stolen and locked devices answers about the device of an order."""
        answer = marketplace.DeviceChecked(
            order_id=bought.order_id,
            line_id=bought.line_id,
            imei=bought.imei,
            blocked=blocked,
            answered_by="gsma",
            checked_at=datetime.now(UTC),
        )
        await self.tell(answer, bought.order_id)

    async def scan_return(self, tracking_number: str, state: str) -> None:
        """A carrier scans a parcel that a buyer sends back."""
        scanned = marketplace.ReturnScanned(
            tracking_number=tracking_number, carrier="dpd", state=state, scanned_at=datetime.now(UTC)
        )
        await self.tell(scanned, tracking_number)

    async def recall(self, model: str, markets: tuple[str, ...], hazard: str) -> None:
        """An authority recalls a model."""
        recalled = products.ProductRecalled(
            model=model,
            recall_id=f"SR-{uuid.uuid4().hex[:6]}",
            markets=markets,
            hazard=hazard,
            recalled_at=datetime.now(UTC),
        )
        await self.tell(recalled, model)

    async def _hear(self, group: Group, handle: Callable[[Event], Awaitable[None]]) -> None:
        """Hear on and on: cut off from the broker, come back to what was not committed."""
        while True:
            with suppress(KafkaError):
                await self._read(group, handle)
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _read(self, group: Group, handle: Callable[[Event], Awaitable[None]]) -> None:
        consumer = AIOKafkaConsumer(
            *(f"{self._prefix}{topic}" for topic in group.topics),
            bootstrap_servers=self._kafka,
            group_id=f"{self._prefix}{group.name}",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            request_timeout_ms=_REQUEST_TIMEOUT_MS,
        )
        try:
            await consumer.start()
            async for record in consumer:
                received = from_record(record.value, record.headers)
                if received.event is not None:
                    await handle(received.event)
                with suppress(CommitFailedError):  # cut off for a while: what comes again is paid once
                    await consumer.commit()
        finally:
            await consumer.stop()

    async def _stop(self, asked: Event) -> None:
        """The listings system stops what it is asked to stop, and offers it again when that is withdrawn."""
        if isinstance(asked, products.ListingStopRequested):
            stopped = marketplace.ListingStopped(
                listing_id=asked.listing_id, reason=str(asked.trigger), stopped_at=datetime.now(UTC)
            )
            await self.tell(stopped, asked.listing_id, asked.market)
        elif isinstance(asked, products.ListingStopWithdrawn):
            offered = marketplace.ListingCorrected(
                listing_id=asked.listing_id, reason="stop_withdrawn", corrected_at=datetime.now(UTC)
            )
            await self.tell(offered, asked.listing_id, asked.market)

    async def _pay(self, order: Event) -> None:
        if not isinstance(order, RefundOrdered) or order.refund_id in self.paid:  # its id makes a repeat harmless
            return
        if self.cards_are_closed and order.method is None:
            await self.tell(marketplace.RefundRefused(refund_id=order.refund_id, reason="card_closed"), order.order_id)
            return
        paid = marketplace.RefundPaid(
            refund_id=order.refund_id,
            amount_minor=order.amount_minor,
            currency=order.currency,
            paid_at=datetime.now(UTC),
        )
        await self.tell(paid, order.order_id)
        self.paid.append(order.refund_id)
