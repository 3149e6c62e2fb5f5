"""Two buyers, two sellers, an agent, a mediator and a supervisor who try for money or time that is not theirs.

They call what routes call, with the commands that routes make, and in any order: what a route refuses by role alone is
tried by `tests/security`. The marketplace and the payment system around them are honest.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from disputes_situations import OPEN as OPEN_DISPUTE
from messaging_situations import FINE, HELD, LEAK, THANKS, letter
from people import MARKETS, People
from ticketing_situations import OPEN as OPEN_CASE
from world import World

from billing.charges.charging import approve, refuse, review
from billing.charges.domain import ContestCharge, ReverseCharge, UpholdCharge
from billing.charges.store import CHARGES
from billing.lines.store import bought_line as paid_line
from chassis.aggregate import Unit
from chassis.ids import derived_id
from disputes.cases.store import known_case
from disputes.disputes.course import act, bought_line, judges_of, left_of, open_dispute
from disputes.disputes.domain import (
    AcceptOffer,
    Command,
    Decide,
    DeclineOffer,
    Escalate,
    MakeOffer,
    SubmitEvidence,
    Withdraw,
)
from disputes.disputes.market_terms import admission_of, money_of, rules_of
from disputes.disputes.store import DISPUTES
from disputes.goodwill.domain import Gift
from disputes.goodwill.store import give
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
from ombud_contracts.vocabulary import Remedy, Role
from ombud_words import FACT_KINDS, Reason, TakeoverId, Trigger
from ticketing.cases.domain.commands import ResolveCase
from ticketing.cases.living import close_and_free, expect_finished, open_case_in_slot, reopen
from ticketing.cases.store import CASES
from ticketing.takeovers.by_people import facts_of, grounds_from_people
from ticketing.takeovers.deciding import Ruling, activate, hand_back, propose
from ticketing.takeovers.domain.authority import expect_authority
from ticketing.takeovers.domain.takeover import DeclineTakeover
from ticketing.takeovers.reversal import reverse_by_decision
from ticketing.takeovers.store import TAKEOVERS
from ticketing.timeline.store import TIMELINE

ORDERS = 4
LV = MARKETS["lv"]
STAFF = {Role.AGENT: "agt_1", Role.MEDIATOR: "med_1", Role.SUPERVISOR: "sup_1"}
_REASONS = (
    Reason.DEFECTIVE,
    Reason.NOT_RECEIVED,
    Reason.COUNTERFEIT,
    Reason.LOCKED_DEVICE,
    Reason.CHANGE_OF_MIND,
    Reason.ORDER_STATUS,
)
_LETTERS = (FINE, FINE, FINE, HELD, LEAK, THANKS, replace(FINE, automated=True), replace(FINE, language="de"))
Effect = Callable[[Unit], Awaitable[object]]


class Schemers(People):
    """Acts on a world of four orders, one random attempt at a time."""

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

    async def attempt(self) -> None:
        """Try one thing."""
        acts: dict[Callable[[], Awaitable[None]], int] = {
            self.open_case: 3,
            self.write: 10,
            self.moderate: 3,
            self.contest_a_reply: 2,
            self.play_for_time: 4,
            self.move_case: 4,
            self.open_dispute: 6,
            self.show_evidence: 3,
            self.negotiate: 10,
            self.decide: 5,
            self.pay: 6,
            self.contest_a_charge: 3,
            self.judge_a_charge: 4,
            self.answer_a_proposal: 3,
            self.direct_a_refund: 3,
            self.propose_a_charge: 3,
            self.give_goodwill: 2,
            self.take_over: 4,
            self.rule_on_a_takeover: 5,
        }
        await self.random.choices(list(acts), list(acts.values()))[0]()

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
        reason = self.random.choice(_REASONS)
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
            lambda unit: close_and_free(case_id, now, despite, unit),
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

    # -- Disputes ---------------------------------------------------------------------------------------------------

    async def open_dispute(self) -> None:
        """Somebody complains about a line, within its window or not, once or again."""
        if not self.cases:
            return
        case_id, by, now = self._case(), self.random.choice([Role.BUYER, Role.SELLER, Role.AGENT]), self.world.clock()
        reason, remedy = self.random.choice(_REASONS), self.random.choice(list(Remedy))
        dispute_id, claimed = self._new("dsp"), self.random.choice([0, 1, 12_990, 500_000])
        new_fact = "expert_notice" if by == Role.AGENT and self.random.random() < 0.3 else None

        async def effect(unit: Unit) -> None:
            known = await known_case(unit, case_id)
            if known is None or known.opened is None:
                return
            known.expect_open()
            known.expect_with_seller()
            opened = known.opened
            line = await bought_line(unit, opened.order_id, opened.line_id)
            if line is None:
                return
            row = LV.reason(reason)
            command = replace(
                OPEN_DISPUTE,
                dispute_id=dispute_id,
                case_id=case_id,
                order_id=opened.order_id,
                line_id=opened.line_id,
                buyer_id=opened.buyer_id,
                seller_id=opened.seller_id,
                reason=reason,
                family=row.family,
                claimed_remedy=remedy,
                claimed_minor=claimed,
                money=money_of(line, LV),
                fast_track=known.taken_over,
                fast_track_facts=row.fast_track,
                taken_over=known.taken_over,
                opened_by=by,
                at=now,
            )
            await open_dispute(command, admission_of(row, LV, line, new_fact), line.left_minor, unit)

        if await self._as("disputes", by, effect):
            self.disputes.append(dispute_id)

    async def show_evidence(self) -> None:
        """Somebody uploads something, and calls it whatever would help."""
        if self.disputes:
            by, now = self._anybody(), self.world.clock()
            command = SubmitEvidence(
                evidence_id=self._new("evd"),
                kind=self.random.choice(sorted(FACT_KINDS)),
                sha256="0" * 64,
                size_bytes=1,
                by=by,
                audience="thread",
                at=now,
            )
            await self._in_dispute(command, self._dispute(), by)

    async def negotiate(self) -> None:
        """An offer is made, answered by whoever likes, or the dispute is taken elsewhere."""
        if not self.disputes:
            return
        dispute_id, now, by = self._dispute(), self.world.clock(), self.random.choice([Role.BUYER, Role.SELLER])
        offers = self.random.choice([by, by, Role.AGENT, Role.MEDIATOR])
        offer_id = f"ofr_{dispute_id}_{self.random.randint(1, 4)}"
        offer = MakeOffer(
            offer_id=offer_id,
            by=offers,
            remedy=self.random.choice(list(Remedy)),
            amount_minor=self.random.choice([0, 1, 3_000, 12_990, 13_000, 500_000]),
            left_minor=0,
            open_until=self.random.choice([None, now + timedelta(hours=2), now - timedelta(hours=2)]),
            at=now,
            reasons=("second_failure",),
            legal_order=LV.legal.remedies,
            author_id=STAFF.get(offers),
        )
        accept = AcceptOffer(
            offer_id=offer_id,
            by=by,
            decision_id=derived_id("dec", dispute_id, offer_id),
            rules=rules_of(LV, now, by),
            left_minor=0,
            at=now,
        )
        steps: list[tuple[Command, Role]] = [
            (offer, offers),
            (offer, offers),
            (accept, by),
            (accept, by),
            (DeclineOffer(offer_id, by, now), by),
            (Escalate(by, now), by),
            (Withdraw(now), Role.BUYER),
        ]
        command, who = self.random.choice(steps)
        await self._in_dispute(command, dispute_id, who)

    async def decide(self) -> None:
        """Somebody of the staff decides a dispute: their own proposal, above their limit, against the law's order, or again."""
        if not self.disputes:
            return
        dispute_id, now = self._dispute(), self.world.clock()
        role, who = self._staff()
        remedy, amount = self.random.choice(list(Remedy)), self.random.choice([0, 1, 5_000, 12_990, 60_000])
        reasons = (self.random.choice(["second_failure", "unfounded"]),)

        async def effect(unit: Unit) -> None:
            dispute = await unit.read(DISPUTES, dispute_id)
            if dispute is None:
                return
            command = Decide(
                decision_id=derived_id("dec", dispute_id, "decision"),
                remedy=remedy,
                amount_minor=amount,
                left_minor=await left_of(dispute, unit),
                clause="S-5.1",
                facts=("claim",),
                reasons=reasons,
                rules=rules_of(LV, now, role),
                decided_by=role,
                mediator_id=who,
                at=now,
                judges=await judges_of(dispute.opened.case_id, unit),
            )
            await act(dispute_id, command, now, unit)

        await self._as("disputes", role, effect)

    async def give_goodwill(self) -> None:
        """Somebody gives the platform's own money in a case, in as many parts as they like."""
        if not self.cases:
            return
        case_id, now, role = self._case(), self.world.clock(), self._anybody()
        amount, decision_id = self.random.choice([1, 1_000, 2_000, 5_000, 25_000]), self._new("dec_gift")
        reason, who = "long_wait", STAFF.get(role, f"{role}_1")

        async def effect(unit: Unit) -> None:
            known = await known_case(unit, case_id)
            if known is None or known.opened is None:
                return
            known.expect_open()
            opened = known.opened
            if await bought_line(unit, opened.order_id, opened.line_id) is None:
                return
            gift = Gift(
                decision_id=decision_id,
                dispute_id=None,
                case_id=case_id,
                market="lv",
                order_id=opened.order_id,
                line_id=opened.line_id,
                buyer_id=opened.buyer_id,
                seller_id=opened.seller_id,
                amount_minor=amount,
                currency="EUR",
                reason=reason,
                given_by=role,
                giver_id=who,
                at=now,
            )
            await give(gift, LV.authority.gives_up_to(role), unit)

        await self._as("disputes", role, effect)

    # -- Charges ----------------------------------------------------------------------------------------------------

    async def contest_a_charge(self) -> None:
        """A seller contests a charge, in time or not."""
        charge_id = self._charge()
        if charge_id is not None:
            ground = self.random.choice(["not_my_fault", "too_much"])
            command = ContestCharge(ground, self.world.clock())
            await self._as("billing", Role.SELLER, lambda unit: unit.execute(CHARGES, charge_id, command))

    async def judge_a_charge(self) -> None:
        """Somebody of the staff upholds a charge or reverses it, perhaps their own."""
        charge_id, now = self._charge(), self.world.clock()
        if charge_id is not None:
            role, who = self._staff()
            verdict = self.random.choice([UpholdCharge("stands", who, now), ReverseCharge("fails", who, now)])
            await self._as("billing", role, lambda unit: review(charge_id, verdict, unit))

    async def answer_a_proposal(self) -> None:
        """Somebody of the staff approves a charge or refuses it, perhaps their own."""
        charge_id = self._charge()
        if charge_id is None:
            return
        role, who = self._staff()
        approves = self.random.random() < 0.7

        async def effect(unit: Unit) -> None:
            charge = await unit.read(CHARGES, charge_id)
            assert charge is not None, "a charge is never forgotten"
            if not approves:
                await refuse(charge_id, "not_shown", unit)
                return
            paid = await paid_line(unit, charge.terms.order_id, charge.terms.line_id)
            assert paid is not None, "what is charged was bought"
            await approve(charge, who, LV.authority.approves_up_to(role), paid, LV, unit)

        await self._as("billing", role, effect)

    # -- Takeovers --------------------------------------------------------------------------------------------------

    async def take_over(self) -> None:
        """Somebody asks for a takeover or decides it, on whatever the timeline of the case shows."""
        if not self.cases:
            return
        case_id, by, now = self._case(), self._anybody(), self.world.clock()
        timeline = self.world.nodes["ticketing"].store.rows.get(TIMELINE, {})
        entries = [id for id, entry in timeline.items() if entry["case_id"] == case_id]
        named = self.random.sample(entries, min(len(entries), self.random.randint(1, 4))) if entries else []
        trigger, takeover_id = self.random.choice(list(Trigger)), TakeoverId(self._new("tko"))
        decides = by in STAFF and self.random.random() < 0.5

        async def effect(unit: Unit) -> None:
            case = await unit.read(CASES, case_id)
            if case is None:
                return
            grounds = grounds_from_people(LV, trigger, await facts_of(case, by, named, unit))
            if not decides:
                await propose(takeover_id, case, grounds, by, now, unit)
                return
            expect_authority(by, grounds.scope)
            ruling = Ruling(grounds=grounds, market=LV, decided_by=by, decider_id=STAFF[by], at=now)
            await activate(takeover_id, case, ruling, unit)

        await self._as("ticketing", by, effect)

    async def rule_on_a_takeover(self) -> None:
        """Somebody of the staff activates, declines, hands back or reverses a takeover, perhaps their own."""
        known = self._ids("ticketing", TAKEOVERS.collection)
        if not known:
            return
        takeover_id, now = self._recent("takeover", known), self.world.clock()
        role, who = self._staff()
        step = self.random.choice(["activate", "decline", "hand_back", "reverse"])

        async def effect(unit: Unit) -> None:
            takeover = await unit.read(TAKEOVERS, takeover_id)
            assert takeover is not None, "a takeover is never forgotten"
            if step == "reverse":
                if role == Role.SUPERVISOR:  # the route is for supervisors
                    await reverse_by_decision(takeover_id, "not_founded", who, unit)
                return
            expect_authority(role, takeover.grounds.scope)
            if step == "decline":
                await unit.execute(TAKEOVERS, takeover_id, DeclineTakeover("not_founded", role, now))
            elif step == "hand_back":
                await hand_back(takeover_id, "seller_cooperates", role, now, unit)
            else:
                case = await unit.read(CASES, takeover.case_id)
                assert case is not None, "a takeover has a case"
                ruling = Ruling(grounds=takeover.grounds, market=LV, decided_by=role, decider_id=who, at=now)
                await activate(takeover_id, case, ruling, unit)

        await self._as("ticketing", role, effect)
