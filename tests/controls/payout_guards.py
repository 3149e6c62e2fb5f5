"""What keeps payouts, holds and statements honest: each guard, taken out, is found by the tests that are named beside it."""

from collections.abc import Sequence

from control import Control, Cut

_BILLING = "services/billing/src/billing"
_TESTS = "services/billing/tests"
_MACHINE = f"{_TESTS}/ledger/test_ledger_machine.py"
_RUNS, _HOLDS, _SILENCE, _PAPER = (
    f"{_TESTS}/payouts/test_payouts.py",
    f"{_TESTS}/payouts/test_holding.py",
    f"{_TESTS}/processes/test_silence.py",
    f"{_TESTS}/statements/test_paper.py",
)


def _guard(name: str, module: str, old: str, new: str, *tests: str) -> Control:
    return Control(f"payout: {name}", [Cut(f"{_BILLING}/{module}.py", old, new)], tests)


PAYOUTS: Sequence[Control] = (
    _guard(
        "what is contested waits for its verdict",
        "charges/domain/charge",
        "state.status not in (Status.POSTED, Status.UPHELD):",
        "state.status not in (Status.POSTED, Status.UPHELD, Status.CONTESTED) or state.settlement is not None:",
        f"{_TESTS}/charges/test_charge.py::test_what_is_contested_waits_for_its_verdict_before_a_payout_takes_it",
    ),
    _guard(
        "what was taken of a reversed charge is paid back once",
        "charges/domain/state",
        "self.settlement is not None and self.repayment is None",
        "self.settlement is not None",
        f"{_RUNS}::test_what_is_reversed_after_it_was_taken_is_paid_back_by_the_next_run_once",
        _MACHINE,
    ),
    _guard(
        "what was never taken is not paid back",
        "charges/domain/state",
        "owed = self.settlement is not None and self.repayment is None",
        "owed = self.repayment is None",
        f"{_TESTS}/charges/test_charge.py::test_a_charge_that_was_reversed_before_any_payout_is_neither_taken_nor_paid_back",
    ),
    _guard(
        "a charge is contested once",
        "charges/domain/charge",
        "    if state.ground is not None:",
        "    if False:",
        f"{_TESTS}/charges/test_charge.py::test_a_settled_charge_is_contested_within_its_window_and_once",
    ),
    _guard(
        "a run takes what was posted by then",
        "charges/store",
        ', "posted_at": {"$lte": at}}',
        "}",
        f"{_RUNS}::test_a_run_takes_nothing_that_is_not_its_own",
        _MACHINE,
    ),
    _guard(
        "a run takes the charges of its own market",
        "charges/store",
        '        "state.terms.market": market,\n        "state.terms.currency"',
        '        "state.terms.currency"',
        f"{_RUNS}::test_a_run_takes_nothing_that_is_not_its_own",
    ),
    _guard(
        "a run that is told again takes nothing more",
        "payouts/taking",
        "    if await unit.read(PAYOUTS, run.payout_id) is None:",
        "    if True:",
        f"{_RUNS}::test_a_run_that_is_told_again_takes_nothing_that_was_posted_since",
    ),
    _guard(
        "the sums that are told are those that were taken",
        "payouts/taking",
        "charge.repayment is not None:\n            repaid +=",
        "charge.repayment is not None:\n            taken +=",
        f"{_RUNS}::test_what_is_reversed_after_it_was_taken_is_paid_back_by_the_next_run_once",
    ),
    _guard(
        "no two disputes hold the same money",
        "lines/domain/cap",
        "0 if state.holds else _may_hold(",
        "_may_hold(",
        f"{_HOLDS}::test_two_disputes_about_one_line_never_hold_the_same_money",
        _MACHINE,
    ),
    _guard(
        "what was refunded is not held",
        "lines/domain/cap",
        "left = paid_minor - state.refunded_minor",
        "left = paid_minor",
        f"{_HOLDS}::test_what_was_refunded_before_is_not_held_again",
    ),
    _guard(
        "an end that is heard first leaves nothing to hold",
        "payouts/holding",
        "    if await unit.read(HOLDS, hold_id) is not None:",
        "    if False:",
        f"{_HOLDS}::test_an_end_that_is_heard_before_its_dispute_leaves_nothing_to_hold",
        f"{_HOLDS}::test_in_any_order_what_is_told_is_what_is_held_and_no_more_than_the_line",
    ),
    _guard(
        "a hold ends by its clock",
        "processes/silence",
        '    "payout_hold_ends": lambda hold, silent_until, unit: expire(HoldId(hold), silent_until, unit),\n',
        "",
        f"{_HOLDS}::test_a_hold_ends_when_its_clock_says_so_and_never_by_counting_days",
    ),
    _guard(
        "what is paid back is held no longer",
        "lines/domain/cap",
        "min(held_minor, not_given_back)",
        "held_minor",
        f"{_HOLDS}::test_a_refund_that_is_paid_while_a_dispute_lasts_is_held_back_no_longer",
        _MACHINE,
    ),
    _guard(
        "what a refused refund leaves is held",
        "refunds/ordering",
        "ReleaseRefund(refund_id, unit.now))\n    await share(order.order_id, order.line_id, unit)",
        "ReleaseRefund(refund_id, unit.now))",
        f"{_HOLDS}::test_a_dispute_holds_what_a_refused_refund_leaves",
        _MACHINE,
    ),
    _guard(
        "the next dispute holds when the older one ends",
        "payouts/holding",
        "LetGo(held.hold_id, unit.now))\n    await share(held.order_id, held.line_id, unit)",
        "LetGo(held.hold_id, unit.now))",
        f"{_HOLDS}::test_a_dispute_holds_the_line_when_the_older_one_has_its_outcome",
        _MACHINE,
    ),
    _guard(
        "a time limit that had not passed ends no hold",
        "processes/silence",
        '    "payout_hold": lambda hold, unit: restore(HoldId(hold), unit),\n',
        "",
        f"{_SILENCE}::test_a_hold_that_ended_before_its_time_had_passed_is_held_again_while_its_dispute_lasts",
    ),
    _guard(
        "a late breach ends no later hold",
        "payouts/domain/hold",
        "placed_at is not None and placed_at <= silent_until",
        "placed_at is not None",
        f"{_SILENCE}::test_a_late_breach_ends_no_hold_that_was_placed_after_its_deadline",
    ),
    _guard(
        "a complaint of the seller holds nothing",
        "processes/payouts",
        " if by != Role.SELLER:",
        ":",
        f"{_HOLDS}::test_nothing_is_held_for_what_the_seller_complains_of",
    ),
    _guard(
        "no row is lost where a page ends",
        "statements/paper",
        "        self._fit(height)\n        places",
        "        places",
        f"{_PAPER}::test_every_line_lies_on_its_page",
    ),
    _guard(
        "a statement counts what payouts took",
        "statements/views",
        "        shown[settlement.currency] += settlement.amount_minor\n",
        "        pass\n",
        f"{_PAPER}::test_the_sums_on_paper_are_the_ledgers",
    ),
    _guard(
        "no cell is run",
        "statements/sheet",
        "    if isinstance(value, str) and value.startswith(_RUN_BY_SPREADSHEETS):",
        "    if False:",
        f"{_TESTS}/statements/test_statement.py::test_the_csv_reads_back_to_the_same_numbers",
    ),
)
