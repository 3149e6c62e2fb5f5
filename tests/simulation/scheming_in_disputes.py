"""What somebody who schemes can do with disputes: open them, call an upload what would help, offer, accept and decide."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from disputes_situations import OPEN as OPEN_DISPUTE
from scheming_about_cases import LV, REASONS, STAFF, SchemersAboutCases

from chassis.aggregate import Unit
from chassis.ids import derived_id
from chassis.store import Document
from disputes.cases.store import KNOWN_CASES, known_case
from disputes.disputes.course import act, bought_line, judges_of, left_of, open_dispute
from disputes.disputes.domain import (
    AcceptOffer,
    Decide,
    DeclineOffer,
    Escalate,
    MakeOffer,
    Stage,
    SubmitEvidence,
    Withdraw,
)
from disputes.disputes.market_terms import admission_of, money_of, rules_of
from disputes.disputes.store import DISPUTES
from disputes.goodwill.domain import Gift
from disputes.goodwill.store import give
from disputes.processes.decided_returns import following_outcomes
from ombud_contracts.vocabulary import Remedy, Role
from ombud_words import FACT_KINDS

_MONEY = (
    Remedy.PARTIAL_REFUND,
    Remedy.PARTIAL_REFUND,
    Remedy.PRICE_REDUCTION,
    Remedy.SHIPPING_REFUND,
    Remedy.RETURN_AND_REFUND,
    Remedy.FULL_REFUND,
    Remedy.REPAIR,
)
FOLLOW = following_outcomes({"lv": LV})
"""What follows from an outcome, as the routes have it."""
SMALL = (1, 500, 1_000, 3_000)
LARGE = (0, 1, 5_000, 12_990, 13_000, 60_000, 500_000)


class SchemersInDisputes(SchemersAboutCases):
    """Fights about what was bought."""

    async def open_dispute(self) -> None:
        """Somebody complains about a line, within its window or not, once or again."""
        if not self.cases:
            return
        case_id, by, now = self._case(), self.random.choice([Role.BUYER, Role.SELLER, Role.AGENT]), self.world.clock()
        reason, remedy = self.random.choice(REASONS), self.random.choice(list(Remedy))
        dispute_id, claimed = self._new("dsp"), self.random.choice([0, 1, 1, 3_000, 12_990, 500_000])
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
        found = self._some("disputes", DISPUTES, lambda dispute: bool(dispute["stage"] == Stage.NEGOTIATION))
        if found is None:
            return
        dispute_id, by, now = found[0], self.random.choice([Role.BUYER, Role.SELLER]), self.world.clock()
        match self._step(
            {"make an offer": 5, "accept an offer": 6, "decline an offer": 2, "escalate": 2, "withdraw": 1}
        ):
            case "make an offer":
                await self._offer(dispute_id)
            case "accept an offer":
                offer_id, by = self._offer_to_answer(found[1]["offers"], by)
                decision_id = derived_id("dec", dispute_id, offer_id)
                accept = AcceptOffer(
                    offer_id=offer_id, by=by, decision_id=decision_id, rules=rules_of(LV, now, by), left_minor=0, at=now
                )
                await self._in_dispute(accept, dispute_id, by)
            case "decline an offer":
                offer_id, by = self._offer_to_answer(found[1]["offers"], by)
                await self._in_dispute(DeclineOffer(offer_id, by, now), dispute_id, by)
            case "escalate":
                who = self.random.choice([by, *STAFF])
                await self._in_dispute(Escalate(who, now), dispute_id, who)
            case _:
                await self._in_dispute(Withdraw(now), dispute_id, Role.BUYER)

    async def _offer(self, dispute_id: str) -> None:
        by, now = (
            self.random.choice([Role.BUYER, Role.SELLER, Role.SELLER, Role.AGENT, Role.MEDIATOR]),
            self.world.clock(),
        )
        sums = SMALL if self._sensible() else LARGE
        offer = MakeOffer(
            offer_id=self._new(f"ofr_{dispute_id}"),
            by=by,
            remedy=self._remedy(),
            amount_minor=self.random.choice(sums),
            left_minor=0,
            open_until=self.random.choice([None, None, None, now + timedelta(hours=2), now - timedelta(hours=2)]),
            at=now,
            reasons=("second_failure",),
            legal_order=LV.legal.remedies,
            author_id=self._one_of(by) if by in STAFF else None,
        )
        await self._in_dispute(offer, dispute_id, by)

    def _remedy(self) -> Remedy:
        return self.random.choice(_MONEY if self._sensible() else list(Remedy))

    def _offer_to_answer(self, offers: Sequence[Document], by: Role) -> tuple[str, Role]:
        """Return an offer and who answers it, mostly one that is open to somebody else than who made it."""
        opened = [offer for offer in offers if offer["status"] == "OPEN"] if self._sensible() else []
        if not (opened or offers):
            return "ofr_none", by
        offer = self.random.choice(opened or offers)
        other = Role.SELLER if offer["by"] == Role.BUYER else Role.BUYER
        missing = [side for side in (Role.BUYER, Role.SELLER) if side not in (offer["by"], *offer["accepted_by"])]
        return offer["id"], self.random.choice(missing or [other]) if self._sensible() else by

    async def decide(self) -> None:
        """Somebody of the staff decides a dispute: their own proposal, above their limit, against the law's order, or again."""
        found = self._some("disputes", DISPUTES, lambda dispute: bool(dispute["stage"] == Stage.MEDIATION))
        if found is None:
            return
        dispute_id, now = found[0], self.world.clock()
        case = self.world.nodes["disputes"].store.aggregates.get(
            (KNOWN_CASES.collection, found[1]["opened"]["case_id"])
        )
        judges = case.state["judges"] if case is not None else ()
        role, who = self._staff((Role.MEDIATOR, Role.SUPERVISOR), judges)
        remedy, amount = self._remedy(), self.random.choice(SMALL if self._sensible() else LARGE)
        reasons = (self.random.choice(["second_failure", "second_failure", "unfounded"]),)

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
            await FOLLOW(await act(dispute_id, command, now, unit), unit)

        await self._as("disputes", role, effect)

    async def give_goodwill(self) -> None:
        """Somebody gives the platform's own money in a case, in as many parts as they like."""
        if not self.cases:
            return
        case_id, now, role = self._case(), self.world.clock(), self._anybody()
        amount, decision_id = self.random.choice([1, 1_000, 2_000, 5_000, 25_000]), self._new("dec_gift")
        reason, who = "long_wait", self._one_of(role) if role in STAFF else f"{role}_1"

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
