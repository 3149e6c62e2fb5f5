"""People of a simulated marketplace in disputes: they open, negotiate and decide them, and give of the platform's money."""

from dataclasses import replace
from datetime import timedelta

from disputes_situations import ADMITTED, DECIDE, MONEY, RULES
from disputes_situations import OPEN as OPEN_DISPUTE
from five_services import MARKETS
from people_of_cases import PAID_MINOR, PeopleOfCases

from chassis.aggregate import Unit
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
from disputes.processes.decided_returns import following_outcomes
from ombud_contracts.vocabulary import Role

_FOLLOW = following_outcomes(MARKETS)
"""What follows from an outcome of a dispute, as the routes have it."""


class PeopleInDisputes(PeopleOfCases):
    """Acts in disputes as well."""

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
            money=replace(MONEY, paid_minor=PAID_MINOR),
            fast_track=self.random.random() < 0.5,
            at=now,
        )

        async def effect(unit: Unit) -> None:
            line = await bought_line(unit, command.order_id, command.line_id)
            if line is not None:
                await open_dispute(command, ADMITTED, line.left_minor, unit)
                self.disputes.append(command.dispute_id)

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
