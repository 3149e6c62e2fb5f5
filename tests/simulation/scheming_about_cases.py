"""What somebody who schemes can do with cases, words and time. It is called as routes call it, in any order."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from five_services import MARKETS
from messaging_situations import FINE, HELD, LEAK, THANKS, letter
from people import People
from ticketing_situations import OPEN as OPEN_CASE
from world import World

from chassis.aggregate import Kind, Unit
from chassis.store import Document
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
from messaging.conversations.store import CONVERSATIONS
from ombud_contracts.vocabulary import Role
from ombud_words import Reason
from ticketing.cases.domain.commands import ResolveCase
from ticketing.cases.living import expect_finished, open_case_in_slot, reopen
from ticketing.cases.store import CASES
from ticketing.desk.closing import close

ORDERS = 4
LV = MARKETS["lv"]
STAFF = {
    Role.AGENT: ("agt_1", "agt_2"),
    Role.MEDIATOR: ("med_1", "med_2"),
    Role.SUPERVISOR: ("sup_1", "sup_2"),
}
REASONS = (
    Reason.DEFECTIVE,
    Reason.NOT_RECEIVED,
    Reason.COUNTERFEIT,
    Reason.LOCKED_DEVICE,
    Reason.CHANGE_OF_MIND,
    Reason.ORDER_STATUS,
)
_LETTERS = (FINE, FINE, FINE, HELD, LEAK, THANKS, replace(FINE, automated=True), replace(FINE, language="de"))
_SENSIBLE = 0.75
"""How often somebody tries what may well succeed: only those who get far find what is wrong there."""
Effect = Callable[[Unit], Awaitable[object]]
T = TypeVar("T")


class SchemersAboutCases(People):
    """Acts on a world of four orders."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.whose: dict[str, tuple[str, str, str]] = {}
        self._asked = 0

    async def begin(self) -> None:
        """Buy everything that is fought about."""
        for _ in range(ORDERS):
            await self.buy()

    def _parties(self, case_id: str) -> tuple[str, str, str]:
        order = (int(case_id.rpartition("_")[2]) - 1) % ORDERS + 1
        return f"buy_{order % 2 + 1}", f"sel_{(order - 1) // 2 + 1}", f"ord_{order}"

    async def _as(self, service: str, role: Role, effect: Effect) -> bool:
        return await self.world.command(service, effect, role)

    def _sensible(self) -> bool:
        return self.random.random() < _SENSIBLE

    def _step(self, steps: dict[T, int]) -> T:
        """Return one step by its weight, and count what comes of it under its name when it is a text."""
        step = self.random.choices(list(steps), list(steps.values()))[0]
        if isinstance(step, str):
            self.world.doing = step
        return step

    def _some(
        self, service: str, kind: Kind[Any, Any, Any], fits: Callable[[Document], bool]
    ) -> tuple[str, Document] | None:
        """Return an aggregate and its state, mostly one that fits, if there is any."""
        kept = self.world.nodes[service].store.aggregates.items()
        known = [(id, stored.state) for (collection, id), stored in kept if collection == kind.collection]
        fitting = [one for one in known if fits(one[1])] if self._sensible() else []
        return self.random.choice(fitting or known) if known else None

    def _staff(self, roles: Sequence[Role] = tuple(STAFF), but: Sequence[str | None] = ()) -> tuple[Role, str]:
        """Return somebody of the staff, mostly of these roles and none of those who may not."""
        people = [(role, who) for role, several in STAFF.items() for who in several]
        fitting = [(role, who) for role, who in people if role in roles and who not in but] if self._sensible() else []
        return self.random.choice(fitting or people)

    def _one_of(self, role: Role) -> str:
        return self.random.choice(STAFF[role])

    def _anybody(self) -> Role:
        return self.random.choice([Role.BUYER, Role.SELLER, *STAFF])

    # -- Cases ------------------------------------------------------------------------------------------------------

    async def open_case(self) -> None:
        """A buyer opens a case about a line, however many are open about it."""
        self._asked += 1
        number, now = self._asked, self.world.clock()
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
            author_id={Role.BUYER: buyer, Role.SELLER: seller}.get(author, self._one_of(Role.AGENT)),
            submitted_at=now,
            requests_information=author == Role.SELLER and self.random.random() < 0.3,
        )
        await self._in_thread(case_id, PostMessage(written, now), author)

    async def play_for_time(self) -> None:
        """A waiver is made, proposed, accepted, refused or revoked, by whoever may ask for it."""
        if not self.cases:
            return
        now, party = self.world.clock(), self.random.choice([Role.BUYER, Role.SELLER])
        steps = {
            "waive a reply": (WaiveReply(Role.BUYER, now), Role.BUYER),
            "revoke a waiver": (RevokeWaiver(party, now), party),
            "propose a waiver": (ProposeWaiver("answered_by_phone", now), Role.SELLER),
            "accept a waiver": (AcceptWaiver(Role.SUPERVISOR, now), Role.SUPERVISOR),
            "refuse a waiver": (RefuseWaiver(Role.SUPERVISOR, "a_question_is_open", now), Role.SUPERVISOR),
        }
        command, by = steps[self._step(dict.fromkeys(steps, 1))]
        proposed = "accept" in self.world.doing or "refuse" in self.world.doing
        fitting = self._some("messaging", CONVERSATIONS, lambda c: bool(c["waiver_proposal"]) == proposed)
        await self._in_thread(fitting[1]["case_id"] if fitting else self._case(), command, by)

    async def moderate(self) -> None:
        """A message is released, rejected or appealed, whatever became of it."""
        if not self.cases:
            return
        (case_id, message_id), now = self._message(("HELD", "BLOCKED")), self.world.clock()
        steps = {
            "release a message": ReleaseMessage(message_id, now),
            "reject a message": RejectMessage(message_id, ("contact_data",), now),
            "appeal for a message": AppealMessage(message_id, now),
        }
        await self._in_thread(case_id, steps[self._step(dict.fromkeys(steps, 1))], Role.AGENT)

    async def contest_a_reply(self) -> None:
        """A buyer says that a reply does not answer."""
        if self.cases:
            case_id, message_id = self._message(("DELIVERED",), Role.SELLER)
            await self._in_thread(case_id, ContestReply(message_id, "not_answered", self.world.clock()), Role.BUYER)

    def _message(self, states: Sequence[str], author: Role | None = None) -> tuple[str, str]:
        """Return a message and its case, mostly one in these states and of this author."""
        kept = self._some("messaging", CONVERSATIONS, lambda c: bool(c["recent"]))
        if kept is not None and self._sensible():
            messages = kept[1]["recent"]
            fitting = [m for m in messages if m["status"] in states and author in (None, m["author_role"])]
            if fitting:
                return kept[1]["case_id"], self.random.choice(fitting)["id"]
        return self._case(), f"msg_{self.random.randint(1, max(1, self._number))}"
