"""What keeps outcomes of disputes just: each guard over an offer, a decision or a gift, with the tests that must notice."""

from collections.abc import Sequence

from control import Control, Cut

_DISPUTES = "services/disputes/src/disputes"
_TESTS = "services/disputes/tests"
_WHO_PAYS = f"{_TESTS}/disputes/test_who_pays.py"
_DISPUTE = f"{_TESTS}/disputes/test_dispute.py"
_COURSE = f"{_TESTS}/disputes/test_course.py"


def _guard(name: str, module: str, old: str, new: str, *tests: str) -> Control:
    return Control(f"outcome: {name}", [Cut(f"{_DISPUTES}/{module}.py", old, new)], tests)


_OFFERS, _DECISION, _LINE = "disputes/domain/offers", "disputes/domain/dispute", "cases/domain/line"

OUTCOMES: Sequence[Control] = (
    _guard(
        "a proposal of the platform needs both sides",
        _OFFERS,
        "if offer.of_platform and not offer.accepted_by:",
        "if False:",
        f"{_WHO_PAYS}::test_a_proposal_of_the_platform_binds_when_both_sides_accepted_it",
    ),
    _guard(
        "nobody accepts their own offer",
        _OFFERS,
        "if offer.by == by:",
        "if False:",
        f"{_DISPUTE}::test_an_offer_is_answered_by_the_other_side",
    ),
    _guard(
        "nobody gets less than was offered",
        _OFFERS,
        'if outcome.costs("seller") != offer.cost_to_seller_minor:',
        "if False:",
        f"{_DISPUTE}::test_an_offer_that_is_above_what_is_left_by_now_cannot_be_accepted",
    ),
    _guard(
        "the platform's money is not offered",
        _OFFERS,
        "    _expect_no_goodwill(c.remedy)\n",
        "",
        f"{_WHO_PAYS}::test_goodwill_is_never_offered",
    ),
    _guard(
        "the platform's money is not accepted",
        _OFFERS,
        "    _expect_no_goodwill(offer.remedy)\n",
        "",
        f"{_WHO_PAYS}::test_goodwill_that_was_offered_before_is_not_accepted",
    ),
    _guard(
        "the law's order binds proposals of the platform",
        _OFFERS,
        "    check_order(c.remedy, state.opened.family, c.reasons, c.legal_order)\n",
        "",
        f"{_WHO_PAYS}::test_the_legal_order_binds_the_platform_and_not_what_a_seller_gives_freely",
    ),
    _guard(
        "the law's order binds decisions",
        _DECISION,
        "    check_order(c.remedy, state.opened.family, c.reasons, c.rules.legal_order)\n",
        "",
        f"{_DISPUTE}::test_a_decision_keeps_to_the_order_of_the_law",
    ),
    _guard(
        "who judged in a case decides nothing more in it",
        _DECISION,
        "    if c.mediator_id in c.judges:",
        "    if False:",
        f"{_WHO_PAYS}::test_who_judged_in_the_case_before_decides_nothing_more_in_it",
    ),
    _guard(
        "a decision is within the authority of who decides",
        _DECISION,
        "    if c.rules.decides_up_to_minor is not None and",
        "    if False and c.rules.decides_up_to_minor and",
        f"{_WHO_PAYS}::test_a_decision_is_within_the_authority_of_who_decides",
    ),
    _guard(
        "what the seller pays counts towards the authority",
        "remedies/domain",
        'return max(self.refund_minor, self.costs("seller"))',
        "return self.refund_minor",
        f"{_WHO_PAYS}::test_what_a_decision_costs_the_seller_counts_towards_the_authority",
    ),
    _guard(
        "an outcome gives back no more than is left",
        _LINE,
        "            if amount_minor > left:",
        "            if False:",
        f"{_TESTS}/cases/test_knowledge.py::test_what_is_left_is_what_was_paid_minus_what_was_ordered_once_per_decision",
    ),
    _guard(
        "what was paid is not left again",
        _LINE,
        " and not _was_paid(state, decision_id)\n",
        "\n",
        f"{_COURSE}::test_what_was_paid_is_not_left_of_the_line_whatever_becomes_of_another_order",
    ),
    _guard(
        "a repeat orders nothing again",
        "disputes/course",
        "if before is not None and before.record is None:",
        "if before is not None:",
        f"{_COURSE}::test_an_answer_that_is_sent_again_orders_nothing_again",
    ),
    _guard(
        "goodwill is not taken from the line",
        "remedies/domain",
        'return 0 if self.remedy == "GOODWILL" else self.refund_minor',
        "return self.refund_minor",
        f"{_COURSE}::test_goodwill_leaves_the_line_as_it_is",
    ),
    _guard(
        "goodwill of a case is counted together",
        "goodwill/domain",
        "if limit is not None and before + gift.amount_minor > limit:",
        "if limit is not None and gift.amount_minor > limit:",
        f"{_TESTS}/goodwill/test_goodwill.py::test_the_limit_holds_for_the_case_whoever_gave_before",
    ),
    _guard(
        "goodwill of a decision counts in its case",
        "disputes/course",
        "    await give(gift, command.rules.gives_up_to_minor, unit)\n",
        "",
        f"{_TESTS}/goodwill/test_goodwill.py::test_goodwill_by_a_decision_counts_in_the_case_and_is_told_by_the_decision_alone",
    ),
)
