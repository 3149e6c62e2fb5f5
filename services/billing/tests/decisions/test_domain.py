"""Who decided something about a decision: nobody of them judges it again (S-4)."""

from datetime import timedelta

import pytest
from billing_situations import NOON

from billing.decisions.domain import Decision, KnownDecision
from ombud_words import StaffId

pytestmark = pytest.mark.rule("S-4")


def decided_by(who: str | None) -> Decision:
    return Decision(
        id="dec_1",
        case_id="cas_1",
        market="lv",
        seller_id="sel_2",
        buyer_id="buy_1",
        order_id="ord_3",
        line_id="lin_4",
        appeal_until=NOON + timedelta(days=30),
        decided_by=None if who is None else StaffId(who),
        binds_seller=True,
        clause="S-5.1",
        clause_version="2026.1",
    )


@pytest.mark.parametrize(
    ("own", "others", "everyone"),
    [
        ("med_1", (), ("med_1",)),
        ("med_1", ("sup_1",), ("sup_1", "med_1")),
        ("med_1", ("med_1", "sup_1"), ("med_1", "sup_1")),
        (None, ("sup_1",), ("sup_1",)),
    ],
)
def test_whoever_decided_is_named_once(own: str | None, others: tuple[str, ...], everyone: tuple[str, ...]) -> None:
    known = KnownDecision(decided_by(own), deciders=tuple(map(StaffId, others)))
    assert known.everyone == everyone


def test_of_a_decision_that_was_not_told_those_are_known_who_decided_about_it() -> None:
    assert KnownDecision(None, deciders=(StaffId("sup_1"),)).everyone == ("sup_1",)
