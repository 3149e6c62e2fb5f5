"""What somebody who schemes can do with appeals: ask for another judge, be that judge, and decide anew about money."""

from scheming_about_cases import LV
from scheming_about_money import SchemersAboutMoney
from scheming_in_disputes import LARGE, SMALL

from billing.charges.appealing import Judgement
from billing.charges.appealing import appeal as appeal_upholding
from billing.charges.appealing import decide_appeal as decide_charge_appeal
from billing.charges.domain import Status as ChargeStatus
from billing.charges.store import CHARGES
from billing.lines.store import bought_line as paid_line
from chassis.aggregate import Unit
from chassis.ids import derived_id
from chassis.store import Document
from disputes.cases.store import KNOWN_CASES
from disputes.disputes.course import act, given_by, judges_of, left_of
from disputes.disputes.domain import AppealDecision, Decide, DecideAppeal
from disputes.disputes.market_terms import rules_of
from disputes.disputes.store import DISPUTES
from ombud_contracts.vocabulary import Role
from ombud_words import AppealId, AppealOutcome, StaffId, TakeoverId
from ticketing.takeovers.appealing import appeal_takeover, decide_appeal
from ticketing.takeovers.store import TAKEOVERS

_PARTIES = (Role.BUYER, Role.SELLER)


def _waits(state: Document) -> bool:
    return any(appeal["outcome"] is None for appeal in state["appeals"])


class SchemersByAppeal(SchemersAboutMoney):
    """Fights about what was decided."""

    async def appeal_a_decision(self) -> None:
        """A side appeals a decision, once or again, in its time or not."""
        found = self._some("disputes", DISPUTES, lambda dispute: bool(dispute["record"] and not _waits(dispute)))
        if found is None:
            return
        by, now = self.random.choice(_PARTIES), self.world.clock()
        appeal = AppealDecision(appeal_id=AppealId(self._new("apl")), by=by, grounds=("facts_wrong",), at=now)
        await self._in_dispute(appeal, found[0], by)

    async def judge_an_appeal(self) -> None:
        """Somebody judges the appeal of a decision, perhaps their own, and perhaps decides anew, above what is left."""
        found = self._some("disputes", DISPUTES, _waits)
        if found is None:
            return
        dispute_id, now, outcome = found[0], self.world.clock(), self.random.choice(list(AppealOutcome))
        kept = self.world.nodes["disputes"].store.aggregates
        case = kept.get((KNOWN_CASES.collection, found[1]["opened"]["case_id"]))
        role, who = self._staff((Role.SUPERVISOR,), case.state["judges"] if case is not None else ())
        remedy, amount = self._remedy(), self.random.choice(SMALL if self._sensible() else LARGE)

        async def effect(unit: Unit) -> None:
            dispute = await unit.read(DISPUTES, dispute_id)
            if dispute is None or role != Role.SUPERVISOR:  # the route is for supervisors
                return
            judges = await judges_of(dispute.opened.case_id, unit)
            anew = Decide(
                decision_id=derived_id("dec", dispute_id, f"appeal-{len(dispute.appeals)}"),
                remedy=remedy,
                amount_minor=amount,
                left_minor=await left_of(dispute, unit),
                clause="S-5.1",
                facts=("claim",),
                reasons=("second_failure",),
                rules=rules_of(LV, now, role),
                decided_by=role,
                mediator_id=who,
                at=now,
            )
            command = DecideAppeal(
                outcome=outcome,
                reasons=("new_evidence",),
                decided_by=role,
                reviewer_id=StaffId(who),
                at=now,
                judges=judges,
                anew=anew if outcome == AppealOutcome.AMENDED else None,
                given_minor=await given_by(dispute, unit),
            )
            await act(dispute_id, command, now, unit)

        await self._as("disputes", role, effect)

    async def appeal_a_takeover(self) -> None:
        """The seller appeals a takeover."""
        found = self._some("ticketing", TAKEOVERS, lambda takeover: bool(takeover["decision"] and not _waits(takeover)))
        if found is None:
            return
        takeover_id = TakeoverId(found[0])

        async def effect(unit: Unit) -> None:
            await appeal_takeover(takeover_id, Role.SELLER, ("facts_wrong",), unit)

        await self._as("ticketing", Role.SELLER, effect)

    async def judge_a_takeovers_appeal(self) -> None:
        """A supervisor judges the appeal of a takeover, perhaps of their own."""
        found = self._some("ticketing", TAKEOVERS, _waits)
        if found is None:
            return
        takeover_id, decision = TakeoverId(found[0]), found[1]["decision"]
        outcome = self.random.choice([o for o in AppealOutcome if o != AppealOutcome.AMENDED])
        role, who = self._staff((Role.SUPERVISOR,), (decision["decider_id"] if decision else None,))

        async def effect(unit: Unit) -> None:
            if role == Role.SUPERVISOR:  # the route is for supervisors
                await decide_appeal(takeover_id, outcome, ("new_evidence",), who, unit)

        await self._as("ticketing", role, effect)

    async def appeal_a_charge(self) -> None:
        """A seller appeals a charge, upheld or not, in time or not, once or again."""
        told = (ChargeStatus.UPHELD, ChargeStatus.SETTLED) if self._sensible() else tuple(ChargeStatus)
        found = self._some("billing", CHARGES, lambda charge: charge["status"] in told)
        if found is None:
            return

        async def effect(unit: Unit) -> None:
            await appeal_upholding(found[0], Role.SELLER, ("facts_wrong",), unit)

        await self._as("billing", Role.SELLER, effect)

    async def judge_a_charges_appeal(self) -> None:
        """Somebody judges the appeal of a charge, perhaps of their own, and perhaps at a higher amount than was charged."""
        found = self._some("billing", CHARGES, _waits)
        if found is None:
            return
        state = found[1]
        own = (state["terms"]["decided_by"], state["terms"]["proposed_by"], state["approved_by"], state["reviewed_by"])
        role, who = self._staff((Role.SUPERVISOR,), own)
        outcome = self.random.choice(list(AppealOutcome))
        net = state["terms"]["net_minor"] // 2 if self._sensible() else self.random.choice(LARGE)

        async def effect(unit: Unit) -> None:
            charge = await unit.read(CHARGES, found[0])
            assert charge is not None, "a charge is never forgotten"
            if role != Role.SUPERVISOR:  # the route is for supervisors
                return
            paid = await paid_line(unit, charge.terms.order_id, charge.terms.line_id)
            assert paid is not None, "what is charged was bought"
            judgement = Judgement(
                outcome=outcome,
                reasons=("new_evidence",),
                reviewer_id=StaffId(who),
                net_minor=max(1, net) if outcome == AppealOutcome.AMENDED else None,
            )
            await decide_charge_appeal(charge, judgement, paid, unit)

        await self._as("billing", role, effect)
