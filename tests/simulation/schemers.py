"""Two buyers, two sellers, and two each of agents, mediators and supervisors who try for money or time that is not theirs.

They call what routes call, with the commands that routes make, and in any order; most often what may well succeed, so that
they get far. What a route refuses by role alone is tried by `tests/security`. The marketplace and the payment system around them are honest.
"""

from collections.abc import Awaitable, Callable

from scheming_about_cases import LV, STAFF
from scheming_by_appeal import SchemersByAppeal

from chassis.aggregate import Unit
from ombud_contracts.vocabulary import Role
from ombud_words import TakeoverId, Trigger
from ticketing.cases.store import CASES
from ticketing.takeovers.by_people import facts_of, grounds_from_people
from ticketing.takeovers.deciding import Ruling, activate, hand_back, propose
from ticketing.takeovers.domain.authority import expect_authority
from ticketing.takeovers.domain.commands import DeclineTakeover
from ticketing.takeovers.domain.state import Status
from ticketing.takeovers.reversal import reverse_by_decision
from ticketing.takeovers.store import TAKEOVERS
from ticketing.timeline.store import TIMELINE


class Schemers(SchemersByAppeal):
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
            self.appeal_a_decision: 3,
            self.judge_an_appeal: 3,
            self.appeal_a_takeover: 2,
            self.judge_a_takeovers_appeal: 2,
            self.appeal_a_charge: 4,
            self.judge_a_charges_appeal: 5,
            self.pay: 6,
            self.pay_sellers_out: 2,
            self.contest_a_charge: 3,
            self.judge_a_charge: 4,
            self.answer_a_proposal: 3,
            self.direct_a_refund: 3,
            self.propose_a_charge: 3,
            self.give_goodwill: 2,
            self.take_over: 4,
            self.rule_on_a_takeover: 5,
        }
        act = self.random.choices(list(acts), list(acts.values()))[0]
        before, self.world.doing = self.world.doing, act.__name__.replace("_", " ")
        try:
            await act()
        finally:
            self.world.doing = before

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
        who = self._one_of(by) if decides else by

        async def effect(unit: Unit) -> None:
            case = await unit.read(CASES, case_id)
            if case is None:
                return
            grounds = grounds_from_people(LV, trigger, await facts_of(case, by, named, unit))
            if not decides:
                await propose(takeover_id, case, grounds, by, now, unit)
                return
            expect_authority(by, grounds.scope)
            ruling = Ruling(grounds=grounds, market=LV, decided_by=by, decider_id=who, at=now)
            await activate(takeover_id, case, ruling, unit)

        await self._as("ticketing", by, effect)

    async def rule_on_a_takeover(self) -> None:
        """Somebody of the staff activates, declines, hands back or reverses a takeover, perhaps their own."""
        steps = {"activate a takeover": 2, "decline a takeover": 2, "hand a contact back": 1, "reverse a takeover": 2}
        step, now = self._step(steps), self.world.clock()
        fitting = Status.PROPOSED if step in ("activate a takeover", "decline a takeover") else Status.ACTIVE
        found = self._some("ticketing", TAKEOVERS, lambda takeover: bool(takeover["status"] == fitting))
        if found is None:
            return
        takeover_id, decision = found[0], found[1]["decision"]
        role, who = self._staff((Role.SUPERVISOR,), (decision["decider_id"] if decision else None,))

        async def effect(unit: Unit) -> None:
            takeover = await unit.read(TAKEOVERS, takeover_id)
            assert takeover is not None, "a takeover is never forgotten"
            if step == "reverse a takeover":
                if role == Role.SUPERVISOR:  # the route is for supervisors
                    await reverse_by_decision(takeover_id, "not_founded", who, unit)
                return
            expect_authority(role, takeover.grounds.scope)
            if step == "decline a takeover":
                await unit.execute(TAKEOVERS, takeover_id, DeclineTakeover("not_founded", role, now))
            elif step == "hand a contact back":
                await hand_back(takeover_id, "seller_cooperates", role, now, unit)
            else:
                case = await unit.read(CASES, takeover.case_id)
                assert case is not None, "a takeover has a case"
                ruling = Ruling(grounds=takeover.grounds, market=LV, decided_by=role, decider_id=who, at=now)
                await activate(takeover_id, case, ruling, unit)

        await self._as("ticketing", role, effect)
