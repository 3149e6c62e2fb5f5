"""People of a simulated marketplace as buyers and sellers of cases: they order, write, moderate, resolve and close."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from messaging_situations import FINE, HELD, LEAK, THANKS, letter
from ticketing_situations import OPEN as OPEN_CASE
from world import World

from chassis.aggregate import Unit
from messaging.conversations.domain.command import (
    AppealMessage,
    ContestReply,
    PostMessage,
    RejectMessage,
    ReleaseMessage,
    RevokeWaiver,
    WaiveReply,
)
from messaging.conversations.store import CONVERSATIONS, conversation_id
from ombud_contracts.events import marketplace
from ombud_contracts.vocabulary import Role
from ticketing.cases.domain.commands import ResolveCase
from ticketing.cases.living import open_case_in_slot, reopen
from ticketing.cases.store import CASES
from ticketing.desk.closing import close

Act = Callable[[], Awaitable[None]]
PAID_MINOR = 12_990
"""For every order line."""
SELLERS = ("sel_0", "sel_1", "sel_2")
_TERMS = marketplace.SellerTerms(version="1", return_days=30, warranty_months=12)
_LISTING = marketplace.ListingSnapshot(listing_id="lst_1", title="Phone", condition="new")


class PeopleOfCases:
    """Acts about orders and cases, one random thing at a time."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.random = world.dice.random
        self.orders = 0
        self.cases: list[str] = []
        self.disputes: list[str] = []
        self._number = 0
        self._last: dict[str, str] = {}
        self._at_the_same = False

    def _case(self) -> str:
        return self._recent("case", self.cases)

    def _dispute(self) -> str:
        return self._recent("dispute", self.disputes)

    def _recent(self, kind: str, known: list[str]) -> str:
        """Return one of those known, often that which somebody works at: where conflicts are."""
        if kind not in self._last or (self.random.random() < 0.4 and not self._at_the_same):
            self._last[kind] = self.random.choice(known)
        return self._last[kind]

    def _new(self, prefix: str) -> str:
        self._number += 1
        return f"{prefix}_{self._number}"

    def _parties(self, case_id: str) -> tuple[str, str, str]:
        number = int(case_id.rpartition("_")[2])
        return f"buy_{number % 7}", SELLERS[number % len(SELLERS)], f"ord_{number}"

    async def buy(self) -> None:
        """A buyer orders something, and the marketplace says so, early or late."""
        self.orders += 1
        case_id = f"cas_{self.orders}"
        buyer, seller, order_id = self._parties(case_id)
        line = marketplace.OrderLine(
            line_id="lin_1",
            listing=_LISTING,
            quantity=1,
            price_minor=PAID_MINOR - 490,
            shipping_minor=490,
            promised_by=self.world.clock(),
            terms=_TERMS,
        )
        placed = marketplace.OrderPlaced(
            order_id=order_id,
            buyer_id=buyer,
            seller_id=seller,
            market="lv",
            currency="EUR",
            placed_at=self.world.clock(),
            lines=(line,),
        )
        self.world.tell(placed, order_id, 1)

    async def open_case(self) -> None:
        """A buyer opens a case about an order; sometimes about one that the other services have not heard of yet."""
        number = len(self.cases) + 1
        case_id = f"cas_{number}"
        buyer, seller, order_id = self._parties(case_id)
        command = replace(
            OPEN_CASE,
            case_id=case_id,
            number=f"LV-26-{number}",
            buyer_id=buyer,
            seller_id=seller,
            order_id=order_id,
            circumstances=replace(OPEN_CASE.circumstances, at=self.world.clock()),
            rights_until=self.world.clock() + timedelta(days=700),
            at=self.world.clock(),
        )
        self.cases.append(case_id)

        async def once(unit: Unit) -> None:
            if await unit.read(CASES, case_id) is None:
                await open_case_in_slot(command, unit)

        while not await self.world.command("ticketing", once, Role.BUYER):
            pass  # the process died before it answered: who hears nothing asks again

    async def write(self) -> None:
        """Somebody writes in a thread."""
        if not self.cases:
            return
        case_id, author = self._case(), self.random.choice([Role.BUYER, Role.SELLER, Role.AGENT])
        buyer, seller, _ = self._parties(case_id)
        checked = self.random.choices([FINE, HELD, LEAK, THANKS], [8, 1, 1, 1])[0]
        now = self.world.clock()
        written = replace(
            letter(self._new("msg"), author, checked),
            author_id={Role.BUYER: buyer, Role.SELLER: seller}.get(author, "agt_1"),
            submitted_at=now,
        )
        await self._in_thread(case_id, PostMessage(written, now), author)

    async def _in_thread(self, case_id: str, command: object, by: str) -> None:
        async def effect(unit: Unit) -> None:
            await unit.execute(CONVERSATIONS, conversation_id(case_id), command)

        await self.world.command("messaging", effect, by)

    async def moderate(self) -> None:
        """A moderator decides about a held message, or an author asks for it."""
        if self._number and self.cases:
            message_id, now = f"msg_{self.random.randint(1, self._number)}", self.world.clock()
            command = self.random.choice(
                [
                    ReleaseMessage(message_id, now),
                    RejectMessage(message_id, ("contact_data",), now),
                    AppealMessage(message_id, now),
                ]
            )
            await self._in_thread(self._case(), command, Role.AGENT)

    async def contest_a_reply(self) -> None:
        """A buyer says that a reply does not answer."""
        if self._number and self.cases:
            message_id = f"msg_{self.random.randint(1, self._number)}"
            command = ContestReply(message_id, "not_answered", self.world.clock())
            await self._in_thread(self._case(), command, Role.BUYER)

    async def waive(self) -> None:
        """A buyer says that no reply is needed, or that it is after all."""
        if self.cases:
            kind = self.random.choice([WaiveReply, RevokeWaiver])
            await self._in_thread(self._case(), kind(Role.BUYER, self.world.clock()), Role.BUYER)

    async def move_case(self) -> None:
        """An agent resolves, closes or reopens a case."""
        if not self.cases:
            return
        case_id, now = self._case(), self.world.clock()

        async def resolve(unit: Unit) -> None:
            await unit.execute(CASES, case_id, ResolveCase("answered", now))

        async def close_it(unit: Unit) -> None:
            await close(case_id, now, unit)

        async def reopen_it(unit: Unit) -> None:
            await reopen(case_id, "agent", now, unit)

        await self.world.command("ticketing", self.random.choice([resolve, close_it, reopen_it]), Role.AGENT)
