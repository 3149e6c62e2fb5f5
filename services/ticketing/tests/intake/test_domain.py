"""Which questions are asked, and in which order (R-26, R-39; casework, section 2)."""

from dataclasses import replace

import pytest

from ombud_words import Counterpart, Reason, Remedy
from ticketing.intake.domain import About, Leaf, Question, Said, questions


def leaf(reason: Reason, *tree: str, remedies: tuple[Remedy, ...] = (), evidence: tuple[str, ...] = ()) -> Leaf:
    counterpart = Counterpart.PLATFORM if tree[0] in ("other", "payment") else Counterpart.SELLER
    return Leaf(reason=reason, tree=tree, counterpart=counterpart, evidence=evidence, remedies=remedies)


LATE = leaf(Reason.LATE, "shipping", remedies=(Remedy.SHIPPING_REFUND, Remedy.FULL_REFUND), evidence=("tracking",))
DEFECTIVE = leaf(
    Reason.DEFECTIVE, "product", remedies=(Remedy.REPAIR,), evidence=("description", "photo|video", "imei_check")
)
WARRANTY = leaf(Reason.WARRANTY, "product", "warranty")
OTHER, PAYMENT = leaf(Reason.OTHER, "other"), leaf(Reason.PAYMENT, "payment")
NOTHING = Said(leaves=(OTHER, LATE, DEFECTIVE, WARRANTY, PAYMENT))


def asked(said: Said) -> list[tuple[About, tuple[str, ...], bool]]:
    return [(q.about, q.options, q.required) for q in questions(said)]


MESSAGE = (About.FIRST_MESSAGE, (), True)


@pytest.mark.rule("R-26")
def test_the_way_begins_with_product_shipping_and_payment_and_ends_with_a_reason() -> None:
    assert asked(NOTHING) == [(About.PATH, ("product", "shipping", "payment", "other"), True), MESSAGE]
    assert asked(replace(NOTHING, path=("product",))) == [
        (About.REASON, ("DEFECTIVE",), True),
        (About.PATH, ("warranty",), False),
        MESSAGE,
    ]
    assert asked(replace(NOTHING, path=("product", "warranty"))) == [(About.REASON, ("WARRANTY",), True), MESSAGE]


def test_a_way_that_leads_nowhere_is_asked_for_anew() -> None:
    (way, _) = questions(replace(NOTHING, path=("products",)))
    assert way == Question(
        about=About.PATH, options=("product", "shipping", "payment", "other"), because="unknown_path"
    )


def test_a_reason_of_the_other_side_is_asked_for_anew() -> None:
    way = questions(replace(NOTHING, reason=Reason.SELLER_SALES))[0]
    assert (way.about, way.because) == (About.PATH, "reason_not_askable")


def test_a_market_is_asked_for_before_anything_that_depends_on_it() -> None:
    nowhere = Said(leaves=(), markets=("lv", "pt"), reason=Reason.DEFECTIVE)
    assert asked(nowhere) == [(About.MARKET, ("lv", "pt"), True), (About.ORDER, (), False)]


def test_what_a_seller_answers_needs_an_order_and_its_line() -> None:
    defect = replace(NOTHING, reason=Reason.DEFECTIVE, draft_named=True)
    assert (About.ORDER, (), True) in asked(defect)
    assert asked(replace(defect, order_named=True, lines=("lin_1", "lin_2")))[0] == (
        About.LINE,
        ("lin_1", "lin_2"),
        True,
    )
    assert asked(replace(NOTHING, reason=Reason.PAYMENT)) == [MESSAGE]


@pytest.mark.rule("R-39")
def test_the_desired_outcome_is_asked_for_in_the_order_of_the_remedies_and_confirmed() -> None:
    late = replace(NOTHING, reason=Reason.LATE, order_named=True, draft_named=True)
    assert asked(late) == [(About.DESIRED_OUTCOME, ("SHIPPING_REFUND", "FULL_REFUND"), False)]
    said = replace(late, desired_outcome=Remedy.FULL_REFUND)
    assert (said.confirmed_outcome, questions(said)) == (Remedy.FULL_REFUND, ())
    wrong = replace(late, desired_outcome=Remedy.UNLOCK)
    assert (wrong.confirmed_outcome, questions(wrong)[0].because) == (None, "outcome_not_offered")


def test_evidence_is_asked_for_that_a_party_can_show_and_did_not() -> None:
    """INVARIANT: would break if a buyer were asked for what only staff or a system can show."""
    defect = replace(NOTHING, reason=Reason.DEFECTIVE, order_named=True, desired_outcome=Remedy.REPAIR)
    assert asked(defect) == [
        (About.EVIDENCE, ("description",), False),
        (About.EVIDENCE, ("photo", "video"), False),
        MESSAGE,
    ]
    assert asked(replace(defect, draft_named=True)) == [(About.EVIDENCE, ("photo", "video"), False)]
    assert asked(replace(defect, draft_named=True, evidence=frozenset({"video"}))) == []
