"""Who acts in a simulated marketplace: buyers, sellers, agents, mediators and the payment system, each at random."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from disputes_situations import ADMITTED, DECIDE, MONEY, RULES
from disputes_situations import OPEN as OPEN_DISPUTE
from messaging_situations import FINE, HELD, LEAK, THANKS, letter
from ticketing_situations import OPEN as OPEN_CASE
from world import World

from billing.charges.charging import WantedCharge, approve, propose_line, review
from billing.charges.domain import ContestCharge, RefuseCharge, ReverseCharge, UpholdCharge
from billing.charges.store import CHARGES
from billing.decisions.store import known_decision
from billing.lines import store as lines
from billing.processes.consumers import charges
from billing.refunds.ordering import cancel, order_anew
from billing.refunds.store import REFUNDS
from billing.refusals import Refusal as BillingRefusal
from chassis.aggregate import Unit
from chassis.sealing import Sealer
from disputes.disputes.course import act, bought_line, left_of, open_dispute
from disputes.disputes.domain import (
    AcceptOffer,
    Command,
    Decide,
    DeclineOffer,
    Escalate,
    MakeOffer,
    Withdraw,
)
from disputes.disputes.store import DISPUTES
from disputes.goodwill.domain import Gift
from disputes.goodwill.store import give
from disputes.processes.consumers import mediation
from disputes.processes.decided_returns import following_outcomes
from disputes.refusals import Refusal as DisputeRefusal
from messaging.conversations.domain.command import (
    AppealMessage,
    ContestReply,
    PostMessage,
    RejectMessage,
    ReleaseMessage,
    RevokeWaiver,
    WaiveReply,
)
from messaging.conversations.domain.refusals import Refusal as MessagingRefusal
from messaging.conversations.store import CONVERSATIONS, conversation_id
from messaging.moderation.silence import on_clock_of_message
from messaging.policies.known import Policies
from messaging.writing.consumers import conversations
from messaging.writing.drafts import Drafts
from ombud_contracts.events import marketplace
from ombud_contracts.market import load_markets
from ombud_contracts.vocabulary import Role
from ombud_words import AppealRefused
from sla_monitor.clocks.consumers import clocks
from sla_monitor.clocks.domain.clock import Fire
from sla_monitor.clocks.store import CLOCKS, CLOCKS_COLLECTION
from sla_monitor.rules.market_files import versions_of
from sla_monitor.rules.versions import read_rules
from sla_monitor.working_time.domain.refusal import SlaRefused
from ticketing.cases.domain import Refusal as TicketingRefusal
from ticketing.cases.domain.commands import ResolveCase
from ticketing.cases.living import open_case_in_slot, reopen
from ticketing.cases.store import CASES
from ticketing.consumers import casework
from ticketing.desk.closing import close

MARKETS = load_markets()
_FOLLOW = following_outcomes(MARKETS)
"""What follows from an outcome of a dispute, as the routes have it."""
RULES_OF_CLOCKS = read_rules([version for market in MARKETS.values() for version in versions_of(market)])
TERMS = marketplace.SellerTerms(version="1", return_days=30, warranty_months=12)
LISTING = marketplace.ListingSnapshot(listing_id="lst_1", title="Phone", condition="new")
Act = Callable[[], Awaitable[None]]


def marketplace_of(seed: int, kind: type[World] = World) -> World:
    """Return a world with all five services in it."""
    world = kind(seed)
    world.add("ticketing", lambda _store: casework(MARKETS), [TicketingRefusal, AppealRefused])
    world.add(
        "messaging", lambda store: conversations(MARKETS, _drafts(store), on_clock_of_message), [MessagingRefusal]
    )
    world.add("disputes", lambda _store: mediation(MARKETS), [DisputeRefusal, AppealRefused])
    world.add("sla-monitor", lambda _store: clocks(RULES_OF_CLOCKS), [SlaRefused])
    world.add("billing", lambda _store: charges(MARKETS), [BillingRefusal, AppealRefused])
    return world


def _drafts(store: object) -> Drafts:
    return Drafts(Sealer(store, ""), Policies(fresh_seconds=1e9))


class People:
    """Acts on a world, one random thing at a time."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.random = world.dice.random
        self.orders = 0
        self.cases: list[str] = []
        self.disputes: list[str] = []
        self._number = 0
        self._last: dict[str, str] = {}
        self._at_the_same = False
        self._doing: Act | None = None
        self._of_one_thing: list[Act] = [
            self.write,
            self.waive,
            self.move_case,
            self.negotiate,
            self.decide,
            self.contest_a_charge,
            self.judge_a_charge,
            self.answer_a_proposal,
            self.direct_a_refund,
        ]
        world.meanwhile = self.interfere

    def _case(self) -> str:
        return self._recent("case", self.cases)

    def _dispute(self) -> str:
        return self._recent("dispute", self.disputes)

    def _recent(self, kind: str, known: list[str]) -> str:
        """Return one of those known, often that which somebody works at: where conflicts are."""
        if kind not in self._last or (self.random.random() < 0.4 and not self._at_the_same):
            self._last[kind] = self.random.choice(known)
        return self._last[kind]

    async def interfere(self) -> None:
        """Do something about what somebody else works at in this moment."""
        self._at_the_same = True
        about_the_same = self._doing if self._doing in self._of_one_thing else None
        others = [self.write, self.waive, self.move_case, self.negotiate, self.decide]
        try:
            await (about_the_same if about_the_same and self.random.random() < 0.5 else self.random.choice(others))()
        finally:
            self._at_the_same = False

    async def do_something(self) -> None:
        """Do one thing, most often what happens most often."""
        acts: dict[Act, int] = {
            self.buy: 2,
            self.open_case: 3,
            self.write: 10,
            self.moderate: 2,
            self.contest_a_reply: 1,
            self.waive: 1,
            self.move_case: 3,
            self.open_dispute: 2,
            self.negotiate: 5,
            self.decide: 2,
            self.pay: 4,
            self.contest_a_charge: 1,
            self.judge_a_charge: 1,
            self.direct_a_refund: 2,
            self.propose_a_charge: 1,
            self.answer_a_proposal: 1,
            self.give_goodwill: 1,
        }
        self._doing = self.random.choices(list(acts), list(acts.values()))[0]
        try:
            await self._doing()
        finally:
            self._doing = None

    def _new(self, prefix: str) -> str:
        self._number += 1
        return f"{prefix}_{self._number}"

    def _parties(self, case_id: str) -> tuple[str, str, str]:
        number = int(case_id.rpartition("_")[2])
        return f"buy_{number % 7}", f"sel_{number % 3}", f"ord_{number}"

    async def buy(self) -> None:
        """A buyer orders something, and the marketplace says so, early or late."""
        self.orders += 1
        case_id = f"cas_{self.orders}"
        buyer, seller, order_id = self._parties(case_id)
        line = marketplace.OrderLine(
            line_id="lin_1",
            listing=LISTING,
            quantity=1,
            price_minor=12_500,
            shipping_minor=490,
            promised_by=self.world.clock(),
            terms=TERMS,
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

    async def open_dispute(self) -> None:
        """A buyer opens a dispute about a case's line."""
        if not self.cases:
            return
        case_id, now = self._case(), self.world.clock()
        buyer, seller, order_id = self._parties(case_id)
        command = replace(
            OPEN_DISPUTE,
            dispute_id=self._new("dsp"),
            case_id=case_id,
            order_id=order_id,
            line_id="lin_1",
            buyer_id=buyer,
            seller_id=seller,
            money=replace(MONEY, paid_minor=12_990),
            fast_track=self.random.random() < 0.2,
            at=now,
        )
        self.disputes.append(command.dispute_id)

        async def effect(unit: Unit) -> None:
            line = await bought_line(unit, command.order_id, command.line_id)
            if line is not None:
                await open_dispute(command, ADMITTED, line.left_minor, unit)

        await self.world.command("disputes", effect, Role.BUYER)

    async def _in_dispute(self, command: Command, dispute_id: str, by: str) -> None:
        now = self.world.clock()

        async def effect(unit: Unit) -> None:
            known = await unit.read(DISPUTES, dispute_id)
            asked = command
            if known is not None and isinstance(asked, MakeOffer | AcceptOffer | Decide):
                asked = replace(asked, left_minor=await left_of(known, unit))
            await _FOLLOW(await act(dispute_id, asked, now, unit), unit)

        await self.world.command("disputes", effect, by)

    async def negotiate(self) -> None:
        """A side makes, accepts or declines an offer, escalates or withdraws."""
        if not self.disputes:
            return
        dispute_id, now = self._dispute(), self.world.clock()
        by = self.random.choice([Role.BUYER, Role.SELLER])
        offers = self.random.choice([by, by, Role.AGENT])
        remedy = self.random.choices(["PARTIAL_REFUND", "GOODWILL"], [9, 1])[0]
        offer_id = f"ofr_{dispute_id}_{self.random.randint(1, 3)}"
        rules = replace(RULES, appeal_until=now + timedelta(days=30))
        command = self.random.choice(
            [
                MakeOffer(
                    offer_id=offer_id,
                    by=offers,
                    remedy=remedy,
                    amount_minor=self.random.randint(1, 9_000),
                    left_minor=0,
                    open_until=None,
                    at=now,
                ),
                AcceptOffer(
                    offer_id=offer_id, by=by, decision_id=f"dec_{dispute_id}", rules=rules, left_minor=0, at=now
                ),
                DeclineOffer(offer_id, by, now),
                Escalate(by, now),
                Withdraw(now),
            ]
        )
        await self._in_dispute(command, dispute_id, by)

    async def decide(self) -> None:
        """A mediator decides a dispute."""
        if self.disputes:
            dispute_id, now = self._dispute(), self.world.clock()
            remedy = self.random.choices(["FULL_REFUND", "NONE", "GOODWILL"], [3, 3, 1])[0]
            command = replace(
                DECIDE,
                decision_id=f"dec_{dispute_id}",
                remedy=remedy,
                amount_minor=self.random.randint(1, 6_000) if remedy == "GOODWILL" else 0,
                reasons=("unfounded",) if remedy == "NONE" else ("second_failure",),
                rules=replace(
                    RULES,
                    appeal_until=now + timedelta(days=30),
                    decides_up_to_minor=50_000,
                    gives_up_to_minor=5_000,
                ),
                at=now,
            )
            await self._in_dispute(command, dispute_id, Role.MEDIATOR)

    async def pay(self) -> None:
        """The payment system carries a refund out, refuses it, or says again what it said."""
        refunds = self.world.nodes["billing"].store.documents("refunds")
        if not refunds:
            return
        order = self.random.choice(refunds)["state"]["order"]
        now, id = self.world.clock(), order["refund_id"]
        paid = marketplace.RefundPaid(
            refund_id=id, amount_minor=order["amount_minor"], currency=order["currency"], paid_at=now
        )
        refused = marketplace.RefundRefused(refund_id=id, reason="account_closed")
        self.world.tell(self.random.choices([paid, refused], [5, 1])[0], id, 1)

    def _charge(self) -> str | None:
        known = self.world.nodes["billing"].store.documents("charges")
        return self._recent("charge", [charge["_id"] for charge in known]) if known else None

    async def contest_a_charge(self) -> None:
        """A seller contests a charge."""
        charge_id = self._charge()
        if charge_id is not None:
            command = ContestCharge("not_my_fault", self.world.clock())
            await self.world.command("billing", lambda unit: unit.execute(CHARGES, charge_id, command), Role.SELLER)

    async def judge_a_charge(self) -> None:
        """A reviewer upholds a contested charge, or takes it back."""
        charge_id, now = self._charge(), self.world.clock()
        if charge_id is None:
            return

        async def effect(unit: Unit) -> None:
            if self.random.random() < 0.5:
                await review(charge_id, UpholdCharge("evidence_stands", "sup_1", now, now + timedelta(days=30)), unit)
            else:
                await review(charge_id, ReverseCharge("evidence_fails", "sup_1", now), unit)

        await self.world.command("billing", effect, Role.SUPERVISOR)

    async def direct_a_refund(self) -> None:
        """Staff has a refused refund ordered anew, in the same way or another, or gives it up."""
        refunds = self.world.nodes["billing"].store.documents("refunds")
        if not refunds:
            return
        refund_id = self._recent("refund", [refund["_id"] for refund in refunds])
        step = self.random.choice(["retry", "bank_transfer", "cancel"])

        async def effect(unit: Unit) -> None:
            refund = await unit.read(REFUNDS, refund_id)
            assert refund is not None
            if step == "cancel":
                await cancel(refund_id, "given_up", "agt_1", unit)
                return
            method = None if step == "retry" else step
            await order_anew(refund, MARKETS["lv"], method=method, reason="again", by="agt_1", unit=unit)

        await self.world.command("billing", effect, Role.AGENT)

    async def propose_a_charge(self) -> None:
        """An agent proposes a further line of a decision; sometimes one of a kind that nobody may propose."""
        known = self.world.nodes["billing"].store.documents("known_decisions")
        if not known:
            return
        decision_id = self.random.choice(known)["_id"]
        kind = self.random.choice(["REPAIR", "RETURN_LABEL", "INSPECTION", "REFUND", "GOODWILL", "PENALTY"])
        line, amount = f"late_{self.random.randint(1, 3)}", self.random.randint(1, 13_000)

        async def effect(unit: Unit) -> None:
            decision = await known_decision(unit, decision_id)
            if decision is None or decision.decision is None:
                return
            decision.expect_standing()
            of = decision.decision
            paid = await lines.bought_line(unit, of.order_id, of.line_id)
            assert paid is not None, "what was decided was bought"
            wanted = WantedCharge(
                decision=of, line=line, kind=kind, net_minor=amount, proposed_by="agt_1", receipt="rcp_1"
            )
            await propose_line(wanted, "EUR", paid, MARKETS["lv"], unit)

        await self.world.command("billing", effect, Role.AGENT)

    async def answer_a_proposal(self) -> None:
        """A supervisor approves a proposed charge, or refuses it."""
        charge_id, now = self._charge(), self.world.clock()
        if charge_id is None:
            return
        approves = self.random.random() < 0.6

        async def effect(unit: Unit) -> None:
            charge = await unit.read(CHARGES, charge_id)
            assert charge is not None
            if not approves:
                await unit.execute(CHARGES, charge_id, RefuseCharge("not_shown", now))
                return
            paid = await lines.bought_line(unit, charge.terms.order_id, charge.terms.line_id)
            assert paid is not None, "what is charged was bought"
            await approve(charge, "sup_2", None, paid, MARKETS["lv"], unit)

        await self.world.command("billing", effect, Role.SUPERVISOR)

    async def give_goodwill(self) -> None:
        """A member of staff gives something of the platform's money, sometimes more than the role may."""
        if not self.cases:
            return
        case_id, now = self._case(), self.world.clock()
        buyer, seller, order_id = self._parties(case_id)
        gift = Gift(
            decision_id=self._new("dec"),
            dispute_id=None,
            case_id=case_id,
            market="lv",
            order_id=order_id,
            line_id="lin_1",
            buyer_id=buyer,
            seller_id=seller,
            amount_minor=self.random.randint(1, 3_000),
            currency="EUR",
            reason="long_wait",
            given_by=Role.AGENT,
            giver_id="agt_1",
            at=now,
        )

        async def effect(unit: Unit) -> None:
            if await bought_line(unit, order_id, "lin_1") is not None:
                await give(gift, 2_000, unit)

        await self.world.command("disputes", effect, Role.AGENT)


async def fire(world: World) -> None:
    """Announce what is due, as the monitor's sweep does; all else ends by what the clocks tell."""
    node, now = world.nodes["sla-monitor"], world.clock()
    due = {"next_at": {"$lte": now}}
    found = await node.store.find(CLOCKS_COLLECTION, due, sort=[("next_at", 1)], limit=20, only=["_id"])
    for document in found:
        await world.command(node.name, lambda unit, id=document["_id"]: _fired(world, unit, id))


async def _fired(world: World, unit: Unit, clock_id: str) -> object:
    clock = await unit.read(CLOCKS, clock_id)
    assert clock is not None
    return await unit.execute(CLOCKS, clock_id, Fire(world.clock(), RULES_OF_CLOCKS[clock.ref.market]))
