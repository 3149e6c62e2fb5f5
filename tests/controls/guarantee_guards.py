"""What keeps a delivery guarantee that grants by itself, and what falls with a decision, from moving money without cause: each guard
with the tests that must notice."""

from collections.abc import Sequence
from functools import partial

from control import Control, guard

_DISPUTES = "services/disputes/src/disputes"
_GRANTING = "services/disputes/tests/processes/test_granting.py"
_LAPSING = "services/disputes/tests/processes/test_delivery_guarantee.py"
_RETURN = "services/disputes/tests/returns/test_return.py"
_APPEALS_MONEY = "services/billing/tests/processes/test_appeals.py"
_RETURNS_MONEY = "services/billing/tests/processes/test_returns.py"

_guard = partial(guard, "granting")

GRANTING: Sequence[Control] = (
    _guard(
        "what somebody disputes is for people",
        f"{_DISPUTES}/processes/granting.py",
        " and dispute.undisputed",
        "",
        f"{_GRANTING}::test_what_somebody_disputes_is_for_people",
    ),
    _guard(
        "what was disputed before is for people",
        f"{_DISPUTES}/processes/granting.py",
        "    if before:\n        return\n",
        "",
        f"{_GRANTING}::test_what_was_decided_about_the_delivery_before_is_for_people",
        f"{_GRANTING}::test_what_did_not_come_in_its_time_is_given_back_without_being_asked_for",
    ),
    _guard(
        "what came or was cancelled is not granted",
        f"{_DISPUTES}/processes/granting.py",
        "if line is None or not line.guarantee_claimable or not line.left_minor:",
        "if line is None or not line.left_minor:",
        f"{_GRANTING}::test_what_has_come_since_the_lapse_is_for_people",
    ),
    _guard(
        "the market says up to how much",
        f"{_DISPUTES}/processes/granting.py",
        "if not market.guarantee.grants(line.paid.paid_minor) or",
        "if",
        f"{_GRANTING}::test_nothing_is_granted_where_the_market_does_not_say_so",
        f"{_GRANTING}::test_a_line_for_which_more_was_paid_is_for_people",
    ),
    _guard(
        "a part that was given back leaves a dear line to people",
        f"{_DISPUTES}/processes/granting.py",
        "if not market.guarantee.grants(line.paid.paid_minor) or",
        "if not market.guarantee.grants(line.left_minor) or",
        f"{_GRANTING}::test_it_stays_for_people_where_a_part_was_given_back_before",
    ),
    _guard(
        "a contact with the platform is for people",
        f"{_DISPUTES}/processes/granting.py",
        " and not (case is not None and case.with_platform)",
        "",
        f"{_GRANTING}::test_a_live_claim_is_for_people_while_its_contact_is_with_the_platform",
    ),
    _guard(
        "an older withdrawal takes nothing back",
        f"{_DISPUTES}/processes/silence.py",
        "            if of_guarantee and await is_news(_GUARANTEE, received.metadata, unit):\n",
        "            if of_guarantee:\n",
        f"{_GRANTING}::test_an_older_withdrawal_that_is_told_again_takes_nothing_back",
    ),
    _guard(
        "a decision by no fact is taken back",
        f"{_DISPUTES}/disputes/domain/dispute.py",
        "            return deciding.take_back(state, kind, at)\n",
        "            return []\n",
        f"{_GRANTING}::test_a_delivery_that_is_told_late_takes_it_back_once",
    ),
    _guard(
        "what the marketplace pays back is not left",
        f"{_DISPUTES}/cases/domain/line.py",
        "        if self.cancelled_at is not None:\n            return 0\n",
        "",
        f"{_LAPSING}::test_what_the_marketplace_pays_back_is_claimed_from_nobody_again",
    ),
    _guard(
        "a live dispute rests on what can be claimed",
        f"{_DISPUTES}/processes/silence.py",
        "    if lapsed_at is not None and not line.guarantee_claimable:\n",
        "    if False:\n",
        f"{_LAPSING}::test_a_live_dispute_is_negotiated_on_where_the_line_had_come_when_the_lapse_is_heard",
    ),
    _guard(
        "what lapsed when its decision fell is not sent after all",
        f"{_DISPUTES}/returns/domain/state.py",
        "        decided = self.request.dispute_id is not None and not self.decision_taken_back\n",
        "        decided = self.request.dispute_id is not None\n",
        f"{_RETURN}::test_what_lapsed_when_its_decision_fell_is_not_sent_after_all",
    ),
    _guard(
        "a further refund has an id of its own",
        f"{_DISPUTES}/returns/domain/state.py",
        "further_decision(first, 2 if self.refund_decision == first else 3)",
        "further_decision(first, 2)",
        f"{_RETURN}::test_what_a_reopened_deduction_gives_after_its_decision_fell_is_the_platforms",
    ),
    _guard(
        "a decision that is told after its fall charges nobody",
        "services/billing/src/billing/processes/consequences.py",
        "    if known is not None and known.taken_back:\n        await refund_all_the_same(decided, market, unit)\n        return\n",
        "",
        f"{_APPEALS_MONEY}::test_a_decision_that_is_told_after_its_fall_pays_the_buyer_and_charges_nobody",
    ),
    _guard(
        "a further refund that fell is the platform's when it is refused",
        f"{_DISPUTES}/returns/domain/item_return.py",
        "not (further and state.refund_by_platform)",
        "not further",
        f"{_RETURN}::test_a_further_refund_that_is_refused_when_its_decision_fell_is_the_platforms",
    ),
    _guard(
        "a further payment that fell is not ordered again",
        "services/billing/src/billing/processes/consequences.py",
        "    if decided.lines:\n        await unit.execute(DECISIONS, decided.decision.id, TakeDecisionBack(unit.now))\n",
        "",
        f"{_RETURNS_MONEY}::test_a_further_payment_that_fell_is_not_ordered_again",
    ),
    _guard(
        "what came back is paid although its decision fell",
        "services/billing/src/billing/processes/consumers.py",
        "    if any(one is not None and one.taken_back for one in known):\n",
        "    if False:\n",
        f"{_RETURNS_MONEY}::test_a_buyer_who_sent_the_item_back_is_paid_although_the_decision_fell",
    ),
    _guard(
        "a further payment falls with its decision",
        "services/billing/src/billing/processes/consequences.py",
        "if first_decision(c.terms.decision_id) == decision_id]",
        "if c.terms.decision_id == decision_id]",
        f"{_RETURNS_MONEY}::test_a_further_payment_of_a_return_falls_with_its_decision",
    ),
)
