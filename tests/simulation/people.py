"""Who acts in a simulated marketplace: buyers, sellers, agents, mediators and the payment system, each at random."""

from people_about_money import PeopleAboutMoney
from people_of_cases import Act
from world import World


class People(PeopleAboutMoney):
    """Does one random thing after another, some of them about what somebody else works at in that moment."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._doing: Act | None = None
        self._of_one_thing: list[Act] = [
            self.write,
            self.waive,
            self.move_case,
            self.negotiate,
            self.decide,
            self.contest_a_charge,
            self.judge_a_charge,
            self.appeal_a_charge,
            self.judge_an_appeal,
            self.answer_a_proposal,
            self.direct_a_refund,
        ]
        world.meanwhile = self.interfere

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
            self.buy: 3,
            self.open_case: 3,
            self.write: 10,
            self.moderate: 2,
            self.contest_a_reply: 1,
            self.waive: 1,
            self.move_case: 3,
            self.open_dispute: 3,
            self.negotiate: 5,
            self.decide: 3,
            self.pay: 4,
            self.contest_a_charge: 3,
            self.judge_a_charge: 3,
            self.appeal_a_charge: 3,
            self.judge_an_appeal: 2,
            self.pay_sellers_out: 2,
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
