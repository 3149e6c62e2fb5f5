"""What somebody who schemes can do with cases, words and time. It is called as routes call it, in any order."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from messaging_situations import FINE, HELD, LEAK, THANKS, letter
from people import MARKETS, People
from ticketing_situations import OPEN as OPEN_CASE
from world import World

from billing.charges.store import CHARGES
from chassis.aggregate import Unit
from messaging.conversations.domain.command import (
    AcceptWaiver,
    AppealMessage,
    ContestReply,
    PostMessage,
    ProposeWaiver,
    RefuseWaiver,
    RejectMessage,
    ReleaseMessage,
    RevokeWaiver,
    WaiveReply,
)
from ombud_contracts.vocabulary import Role
from ombud_words import Reason
from ticketing.cases.domain.commands import ResolveCase
from ticketing.cases.living import expect_finished, open_case_in_slot, reopen
from ticketing.cases.store import CASES
from ticketing.desk.closing import close

ORDERS = 4
LV = MARKETS["lv"]
STAFF = {Role.AGENT: "agt_1", Role.MEDIATOR: "med_1", Role.SUPERVISOR: "sup_1"}
REASONS = (
    Reason.DEFECTIVE,
    Reason.NOT_RECEIVED,
    Reason.COUNTERFEIT,
    Reason.LOCKED_DEVICE,
    Reason.CHANGE_OF_MIND,
    Reason.ORDER_STATUS,
)
_LETTERS = (FINE, FINE, FINE, HELD, LEAK, THANKS, replace(FINE, automated=True), replace(FINE, language="de"))
Effect = Callable[[Unit], Awaitable[object]]


class SchemersAboutCases(People):
    """Acts on a world of four orders."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.whose: dict[str, tuple[str, str, str]] = {}

    async def begin(self) -> None:
        """Buy everything that is fought about."""
        for _ in range(ORDERS):
            await self.buy()

    def _parties(self, case_id: str) -> tuple[str, str, str]:
        order = (int(case_id.rpartition("_")[2]) - 1) % ORDERS + 1
        return f"buy_{order % 2 + 1}", f"sel_{(order - 1) // 2 + 1}", f"ord_{order}"

    async def _as(self, service: str, role: Role, effect: Effect) -> bool:
        return await self.world.command(service, effect, role)

    def _ids(self, service: str, collection: str) -> list[str]:
        return [id for kept, id in self.world.nodes[service].store.aggregates if kept == collection]

    def _charge(self) -> str | None:
        known = self._ids("billing", CHARGES.collection)
        return self._recent("charge", known) if known else None

    def _staff(self) -> tuple[Role, str]:
        role = self.random.choice(list(STAFF))
        return role, STAFF[role]

    def _anybody(self) -> Role:
        return self.random.choice([Role.BUYER, Role.SELLER, *STAFF])

    # -- Cases ------------------------------------------------------------------------------------------------------

    async def open_case(self) -> None:
        """A buyer opens a case about a line, however many are open about it."""
        number, now = len(self.cases) + 1, self.world.clock()
        case_id = f"cas_{number}"
        buyer, seller, order_id = self._parties(f"cas_{self.random.randint(1, ORDERS)}")
        reason = self.random.choice(REASONS)
        command = replace(
            OPEN_CASE,
            case_id=case_id,
            number=f"LV-26-{number}",
            buyer_id=buyer,
            seller_id=seller,
            order_id=order_id,
            line_id="lin_1",
            reason=reason,
            family=LV.reason(reason).family,
            circumstances=replace(OPEN_CASE.circumstances, at=now),
            rights_until=now + timedelta(days=700),
            at=now,
        )
        if await self._as("ticketing", Role.BUYER, lambda unit: open_case_in_slot(command, unit)):
            self.cases.append(case_id)
            self.whose[case_id] = (buyer, seller, order_id)

    async def move_case(self) -> None:
        """An agent resolves, closes or reopens a case, and sometimes says that a live dispute does not matter."""
        if not self.cases:
            return
        case_id, now = self._case(), self.world.clock()
        despite = self.random.choice([None, None, "settled_by_phone"])

        async def resolve(unit: Unit) -> None:
            await expect_finished(case_id, despite, unit)
            await unit.execute(CASES, case_id, ResolveCase("answered", now, despite))

        effects: list[Effect] = [
            resolve,
            lambda unit: close(case_id, now, unit, despite),
            lambda unit: reopen(case_id, "agent", now, unit),
        ]
        await self._as("ticketing", Role.AGENT, self.random.choice(effects))

    # -- Words and time ---------------------------------------------------------------------------------------------

    async def write(self) -> None:
        """Somebody writes in a thread; a seller also what only looks like an answer, or a question that wins time."""
        if not self.cases:
            return
        case_id, now = self._case(), self.world.clock()
        author = self.random.choice([Role.BUYER, Role.SELLER, Role.SELLER, Role.AGENT])
        buyer, seller, _ = self.whose[case_id]
        written = replace(
            letter(self._new("msg"), author, self.random.choice(_LETTERS)),
            author_id={Role.BUYER: buyer, Role.SELLER: seller}.get(author, STAFF[Role.AGENT]),
            submitted_at=now,
            requests_information=author == Role.SELLER and self.random.random() < 0.3,
        )
        await self._in_thread(case_id, PostMessage(written, now), author)

    async def play_for_time(self) -> None:
        """A waiver is made, proposed, accepted, refused or revoked, by whoever may ask for it."""
        if not self.cases:
            return
        now, party = self.world.clock(), self.random.choice([Role.BUYER, Role.SELLER])
        steps = [
            (WaiveReply(Role.BUYER, now), Role.BUYER),
            (RevokeWaiver(party, now), party),
            (ProposeWaiver("answered_by_phone", now), Role.SELLER),
            (AcceptWaiver(Role.SUPERVISOR, now), Role.SUPERVISOR),
            (RefuseWaiver(Role.SUPERVISOR, "a_question_is_open", now), Role.SUPERVISOR),
        ]
        command, by = self.random.choice(steps)
        await self._in_thread(self._case(), command, by)

    async def moderate(self) -> None:
        """A message is released, rejected or appealed, whatever became of it."""
        if not self.cases:
            return
        message_id, now = f"msg_{self.random.randint(1, max(1, self._number))}", self.world.clock()
        steps = [
            ReleaseMessage(message_id, now),
            RejectMessage(message_id, ("contact_data",), now),
            AppealMessage(message_id, now),
        ]
        await self._in_thread(self._case(), self.random.choice(steps), Role.AGENT)

    async def contest_a_reply(self) -> None:
        """A buyer says that a reply does not answer."""
        if self.cases:
            message_id = f"msg_{self.random.randint(1, max(1, self._number))}"
            await self._in_thread(
                self._case(), ContestReply(message_id, "not_answered", self.world.clock()), Role.BUYER
            )
