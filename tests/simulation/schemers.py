"""Two buyers, two sellers, an agent, a mediator and a supervisor who try for money or time that is not theirs.

They call what routes call, with the commands that routes make, and in any order: what a route refuses by role alone is
tried by `tests/security`. The marketplace and the payment system around them are honest.
"""

from collections.abc import Awaitable, Callable

from scheming_about_cases import LV, STAFF
from scheming_in_disputes import SchemersInDisputes

from billing.charges.charging import approve, refuse, review
from billing.charges.domain import ContestCharge, ReverseCharge, UpholdCharge
from billing.charges.store import CHARGES
from billing.lines.store import bought_line as paid_line
from chassis.aggregate import Unit
from ombud_contracts.vocabulary import Role
from ombud_words import TakeoverId, Trigger
from ticketing.cases.store import CASES
from ticketing.takeovers.by_people import facts_of, grounds_from_people
from ticketing.takeovers.deciding import Ruling, activate, hand_back, propose
from ticketing.takeovers.domain.authority import expect_authority
from ticketing.takeovers.domain.commands import DeclineTakeover
from ticketing.takeovers.reversal import reverse_by_decision
from ticketing.takeovers.store import TAKEOVERS
from ticketing.timeline.store import TIMELINE


class Schemers(SchemersInDisputes):
    """Tries one random thing at a time."""

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
