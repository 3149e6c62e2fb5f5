"""What the appeal of a charge does to money: it is given back once, with its room under the cap and what a payout took, or a lower
amount takes its place (S-3; casework, section 6)."""

from datetime import timedelta

import pytest
from billing_desk import PLACED
from money_bench import Billing, appealed, by, paid
from payout_events import a_run
from return_events import NO_LABEL_CHARGE, SHOWN, label

from billing.charges.appealing import Judgement, appeal, decide_appeal
from billing.charges.charging import charge_id_of, review
from billing.charges.domain import Charge, ContestCharge, Status, UpholdCharge
from billing.charges.store import CHARGES
from billing.ledger.domain import PAYOUTS, RECOVERABLE, receivable
from billing.lines.store import bought_line
from billing.refusals import AmendmentNotLower, ChargeNotPosted
from chassis.aggregate import Cause
from chassis.testing import NOON
from ombud_words import AppealOutcome, NothingAppealed, OwnReview, Role

OWED = receivable("sel_2")
REFUND = charge_id_of("dec_1", "refund")
pytestmark = pytest.mark.rule("S-3")


async def upheld(billing: Billing, charge_id: str = REFUND) -> None:
    session = billing.session()
    unit = session.unit(Cause("person", "test"))
    await unit.execute(CHARGES, charge_id, ContestCharge("not_my_fault", NOON))
    await review(charge_id, UpholdCharge("evidence_stands", "agt_1", NOON, NOON + timedelta(days=30)), unit)
    await appeal(charge_id, Role.SELLER, ("facts_wrong",), unit)
    await session.commit()


async def judged(
    billing: Billing, outcome: str, net_minor: int | None = None, charge_id: str = REFUND, who: str = "sup_9"
) -> Charge:
    session = billing.session()
    unit = session.unit(Cause("person", "test"))
    charge = await unit.read(CHARGES, charge_id)
    bought = await bought_line(unit, "ord_3", "lin_4")
    assert charge is not None
    assert bought is not None
    judgement = Judgement(
        outcome=AppealOutcome(outcome), reasons=("new_evidence",), reviewer_id=who, net_minor=net_minor
    )
    after = await decide_appeal(charge, judgement, bought, unit)
    await session.commit()
    return after


async def a_charge_that_was_appealed(amount_minor: int = 9_000) -> Billing:
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", amount_minor))
    await billing.hear(paid(billing.refunds()[0]))
    await upheld(billing)
    return billing


@pytest.mark.parametrize("outcome", ["UPHELD", "INADMISSIBLE"])
async def test_a_charge_that_stands_moves_nothing_and_the_next_payout_takes_it(outcome: str) -> None:
    billing = await a_charge_that_was_appealed()
    await billing.hear(a_run())
    assert billing.balance(OWED) == 9_000, "no payout takes what somebody may be about to give back"
    await judged(billing, outcome)
    assert (billing.balance(OWED), await billing.room()) == (9_000, (9_000, 9_000))
    await billing.hear(a_run(2))
    assert (billing.balance(OWED), billing.balance(PAYOUTS)) == (0, 9_000)


async def test_a_granted_appeal_gives_back_once_and_leaves_the_room_to_others() -> None:
    billing = await a_charge_that_was_appealed()
    await judged(billing, "REVERSED")
    with pytest.raises(NothingAppealed):
        await judged(billing, "REVERSED")
    assert (billing.balance(OWED), billing.balance(RECOVERABLE)) == (0, 9_000)
    assert await billing.room() == (0, 9_000), "the buyer keeps what was paid"
    await billing.hear(appealed("REVERSED"))
    assert billing.balance(OWED) == 0, "a decision that falls afterwards gives nothing back again"


async def test_what_a_payout_took_of_a_charge_that_fell_on_appeal_is_paid_back_by_the_next_one_once() -> None:
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", 9_000))
    await billing.hear(paid(billing.refunds()[0]), a_run())
    await upheld(billing)
    assert billing.charges()["dec_1", "refund"].status == Status.APPEALED
    await judged(billing, "REVERSED")
    assert (billing.balance(OWED), billing.balance(PAYOUTS)) == (-9_000, 9_000)
    await billing.hear(a_run(2), a_run(3))
    assert (billing.balance(OWED), billing.balance(PAYOUTS)) == (0, 0)


async def test_an_amendment_charges_a_lower_amount_in_its_place() -> None:
    billing = await a_charge_that_was_appealed()
    await judged(billing, "AMENDED", 4_000)
    kept = {key[1]: (c.status, c.terms.gross_minor) for key, c in billing.charges().items()}
    assert kept == {"refund": (Status.REVERSED, 9_000), "refund|amended": (Status.POSTED, 4_000)}
    assert (billing.balance(OWED), billing.balance(RECOVERABLE)) == (4_000, 5_000)
    assert await billing.room() == (4_000, 9_000)
    replaced = billing.charges()["dec_1", "refund"].replaced_by
    assert replaced == billing.charges()["dec_1", "refund|amended"].terms.charge_id


async def test_a_decision_that_falls_takes_what_an_appeal_made_of_its_charge_with_it() -> None:
    billing = await a_charge_that_was_appealed()
    await judged(billing, "AMENDED", 4_000)
    await billing.hear(appealed("REVERSED"), appealed("REVERSED"))
    assert (billing.balance(OWED), await billing.room()) == (0, (0, 9_000))


async def test_a_line_that_falls_takes_what_an_appeal_made_of_its_charge_with_it() -> None:
    billing = Billing()
    await billing.hear(PLACED, label())
    (line,) = billing.charges().values()
    await upheld(billing, line.terms.charge_id)
    await judged(billing, "AMENDED", 100, line.terms.charge_id)
    assert billing.balance(OWED) == 120, "with the tax that was shown"
    await billing.hear(NO_LABEL_CHARGE, NO_LABEL_CHARGE)
    assert billing.balance(OWED) == 0


async def test_nothing_is_amended_whose_refund_may_still_be_refused() -> None:
    billing = Billing()
    await billing.hear(PLACED, by("dec_1", 9_000))
    await upheld(billing)
    with pytest.raises(ChargeNotPosted):
        await judged(billing, "AMENDED", 4_000)
    await judged(billing, "REVERSED")
    await billing.hear(paid(billing.refunds()[0]))
    assert (billing.balance(OWED), billing.balance(RECOVERABLE)) == (0, 9_000)


async def test_a_refused_amendment_leaves_everything_as_it_was() -> None:
    billing = await a_charge_that_was_appealed()
    with pytest.raises(AmendmentNotLower):
        await judged(billing, "AMENDED", 9_000)
    assert (billing.balance(OWED), await billing.room(), len(billing.charges())) == (9_000, (9_000, 9_000), 1)


async def test_a_fee_that_was_shown_is_amended_beside_the_cap_as_it_was_charged() -> None:
    """INVARIANT: would break if the tariff of today, or a line that is charged in full, kept a fee from being lowered."""
    billing = Billing()
    dearer = label(SHOWN.model_copy(update={"net_minor": 2_000, "vat_minor": 420}))
    await billing.hear(PLACED, by("dec_1", 12_990), dearer)
    await billing.hear(paid(billing.refunds()[0]))
    (fee,) = [c for c in billing.charges().values() if c.terms.kind == "RETURN_LABEL"]
    await upheld(billing, fee.terms.charge_id)
    await judged(billing, "AMENDED", 1_500, fee.terms.charge_id)
    assert billing.balance(OWED) == 12_990 + 1_800, "with the tax that was shown"
    assert await billing.room() == (12_990, 12_990)


@pytest.mark.rule("S-4")
async def test_who_judged_the_decision_does_not_judge_the_appeal_of_its_charge() -> None:
    billing = await a_charge_that_was_appealed()
    await billing.hear(appealed("UPHELD"))  # by sup_1
    for who in ("sup_1", "agt_1"):
        with pytest.raises(OwnReview):
            await judged(billing, "REVERSED", who=who)
