"""What keeps money with whom it belongs: each guard, taken out, is found by the machine that moves it in any order, or by the
test that is named beside it."""

from collections.abc import Sequence

from control import Control, Cut

_BILLING = "services/billing/src/billing"
_MACHINE = ["services/billing/tests/ledger/test_ledger_machine.py"]


_CHARGES_TESTS, _MONEY_TESTS = (
    "services/billing/tests/charges/test_charging.py",
    "services/billing/tests/processes/test_money.py",
)
_DECIDED, _RETURNS, _SILENCE, _RUNS, _APPEALS, _CHARGE_APPEALS = (
    f"services/billing/tests/{name}.py"
    for name in (
        "processes/test_who_decided",
        "processes/test_returns",
        "processes/test_silence",
        "payouts/test_payouts",
        "processes/test_appeals",
        "processes/test_charge_appeals",
    )
)


def _guard(name: str, module: str, old: str, new: str, *tests: str) -> Control:
    return Control(f"ledger: {name}", [Cut(f"{_BILLING}/{module}.py", old, new)], tests or _MACHINE)


_CHARGING, _CHARGE, _CAP = "charges/charging", "charges/domain/charge", "lines/domain/cap"
_ORDERING, _CONSEQUENCES = "refunds/ordering", "processes/consequences"

LEDGER: Sequence[Control] = (
    _guard(
        "charges stay within what was paid",
        _CAP,
        "net = min(c.net_minor, net_within(room, c.vat_basis_points))",
        "net = c.net_minor",
    ),
    _guard("the cap is gross", _CAP, "net_within(room, c.vat_basis_points))", "room)"),
    _guard(
        "a fee once per decision and kind",
        _CAP,
        "if any(f.decision_id == fee.decision_id for f in alike):",
        "if False:",
    ),
    _guard("three handling fees per case", _CAP, "_HANDLING_FEES_PER_CASE = 3", "_HANDLING_FEES_PER_CASE = 300"),
    _guard("refunds stay within what was paid", _CAP, "if state.refunded_minor + wanted > paid:", "if False and paid:"),
    _guard(
        "a charge is made once, whatever became of it",
        _CHARGING,
        "if known is not None and known.status != Status.RELEASED:",
        "if False:",
    ),
    _guard(
        "an order in another currency is not charged",
        _CHARGING,
        "if why_order_refused(paid.currency, market.currency) is not None:",
        "if False:",
    ),
    _guard(
        "an order in another currency is not refunded",
        _ORDERING,
        "reason = why_order_refused(paid.currency, market.currency)",
        "reason = None",
    ),
    _guard("goodwill is charged to nobody", _CHARGING, " or kind == ChargeKind.GOODWILL:", ":"),
    _guard(
        "a penalty costs what its row of the tariff says",
        _CHARGING,
        "return tariff.penalties_minor.get(line, 0)",
        "return net_minor or 0",
    ),
    _guard("no tax on what is passed on", _CHARGING, "return 0 if kind in PASSED_ON else", "return"),
    _guard(
        "a charge that was reversed leaves its room",
        _CHARGING,
        "if charge.status in (Status.REVERSED, Status.WITHDRAWN):\n        await release(charge, verdict.at, unit)",
        "pass",
    ),
    _guard(
        "a late line needs a decision that binds the seller", _CHARGING, "    wanted.decision.expect_binding()\n", ""
    ),
    _guard(
        "a proposal ends when its case is closed",
        _CHARGING,
        "if charge.open_proposal:\n            await",
        "if False:\n            await",
    ),
    _guard("a charge follows the money", _CHARGE, "return notified if awaits_refund else", "return"),
    _guard(
        "a charge is released when its refund is refused",
        _ORDERING,
        "        await let_go(charge_id_of(order.decision_id, part.line), unit.now, unit)",
        "        continue",
    ),
    _guard(
        "who decided does not judge",
        _CHARGE,
        "(state.terms.decided_by, state.terms",
        "(state.terms",
        "services/billing/tests/charges/test_charge.py"
        "::test_who_proposed_or_decided_neither_approves_nor_judges",  # the machine meets it by chance
    ),
    _guard(
        "who proposed does not approve",
        _CHARGE,
        "state.terms.proposed_by, state.approved_by, *",
        "state.approved_by, *",
    ),
    _guard(
        "nothing is contested after its time",
        _CHARGE,
        "if state.contest_until is None or at > state.contest_until:",
        "if False:",
    ),
    _guard(
        "nothing follows from a decision that was taken back before it was told",
        _CONSEQUENCES,
        "if known is not None and known.taken_back:",
        "if False:",
    ),
    _guard("what staff charged since is taken back too", _CONSEQUENCES, ", *since])", "])"),
    _guard(
        "no more is passed on than was refunded",
        _CONSEQUENCES,
        "share := min(line.net_minor or 0, left)",
        "share := line.net_minor or 0",
    ),
    _guard("goodwill passes nothing on", _CONSEQUENCES, " and not self.refund.goodwill else 0", " else 0"),
    _guard(
        "only a refused refund is ordered anew",
        "refunds/domain",
        "            _expect_refused(state)\n            return [RefundReplaced",
        "            return [RefundReplaced",
    ),
    _guard(
        "a refund is paid as it was ordered",
        "refunds/domain",
        "if (amount_minor, currency) != (order.amount_minor, order.currency):",
        "if False:",
    ),
    _guard(
        "a refund is not ordered anew that was paid after all",
        _ORDERING,
        "    if any(refund.status == Status.COMPLETED for refund in earlier):",
        "    if False:",
        *_MACHINE,
        f"{_MONEY_TESTS}::test_a_refund_is_not_ordered_anew_when_an_earlier_order_was_paid_after_all",
    ),
    _guard(
        "an order anew rests on what holds at commit",
        _ORDERING,
        "await unit.guard(REFUNDS, refund_id_of",
        "await unit.read(REFUNDS, refund_id_of",
        f"{_MONEY_TESTS}::test_a_payment_between_the_look_and_the_order_anew_is_seen",
    ),
    _guard(
        "a late line is of a closed kind",
        "charges/domain/late_lines",
        "    if kind not in LATE_KINDS:",
        "    if False:",
    ),
    _guard(
        "a late line costs no more than was paid",
        "charges/domain/late_lines",
        "    if gross_minor > most:",
        "    if False:",
        f"{_CHARGES_TESTS}::test_a_late_line_costs_no_more_than_was_paid_with_its_tax",
    ),
    _guard(
        "nothing is proposed in a closed case",
        _CHARGING,
        "    (await known_case(unit, wanted.decision.case_id)).expect_open()\n",
        "",
    ),
    _guard(
        "only a contested charge is upheld",
        _CHARGE,
        "            _expect_contested(state)\n            _expect_another_person(state, reviewer_id, *state.approved_before)\n            return [ChargeUpheld",
        "            _expect_another_person(state, reviewer_id, *state.approved_before)\n            return [ChargeUpheld",
    ),
    _guard(
        "nothing is charged by a payment of what was taken back",
        _ORDERING,
        "known.decision is None or known.taken_back or paid is None",
        "known.decision is None or paid is None",
        f"{_MONEY_TESTS}::test_what_was_taken_back_is_not_charged_when_its_refund_is_paid_after_all",
    ),
    _guard(
        "who decided anything does not judge",
        _CHARGING,
        "        decision.expect_another_person(verdict.reviewer_id)\n",
        "        pass\n",
        f"{_DECIDED}::test_who_decided_does_not_judge_what_is_charged_by_it",
    ),
    _guard(
        "who decided anything does not approve",
        _CHARGING,
        "        decision.expect_another_person(by)\n",
        "",
        f"{_DECIDED}::test_who_judged_an_appeal_approves_nothing_that_rests_on_the_decision",
    ),
    _guard(
        "who decided before an amendment does not judge",
        _CONSEQUENCES,
        "        await note_deciders(decided.decision.id, known.everyone, unit)\n",
        "        pass\n",
        f"{_DECIDED}::test_who_decided_does_not_judge_what_is_charged_by_it",
    ),
    _guard(
        "a granted appeal of a charge leaves its room to others",
        "charges/appealing",
        "        await release(after, unit.now, unit)\n",
        "        pass\n",
        f"{_CHARGE_APPEALS}::test_a_granted_appeal_gives_back_once_and_leaves_the_room_to_others",
    ),
    _guard(
        "who decided anything about a charge does not judge its appeal",
        "charges/domain/appealing",
        "(*c.judges, *_deciders(state))",
        "()",
        "services/billing/tests/charges/test_charge_appeal.py"
        "::test_nobody_judges_the_appeal_who_decided_proposed_approved_or_upheld",
        f"{_CHARGE_APPEALS}::test_who_judged_the_decision_does_not_judge_the_appeal_of_its_charge",
    ),
    _guard(
        "who judged the appeal of a takeover does not judge what it costs",
        "processes/consumers",
        "            await note_deciders(DecisionId(id), _people(reviewer_id), unit)\n",
        "            pass\n",
        f"{_DECIDED}::test_who_decided_does_not_judge_what_is_charged_by_it",
    ),
    _guard(
        "a fee that is amended stands beside the cap as it did",
        _CHARGING,
        "published=beside) < anew.net_minor",
        "published=False) < anew.net_minor",
        f"{_CHARGE_APPEALS}::test_a_fee_that_was_shown_is_amended_beside_the_cap_as_it_was_charged",
    ),
    _guard(
        "who approved a charge before its refund was refused judges nothing about it",
        _CHARGE,
        "reviewer_id, *state.approved_before)\n            return [ChargeUpheld",
        "reviewer_id)\n            return [ChargeUpheld",
        "services/billing/tests/charges/test_charge_appeal.py"
        "::test_who_approved_it_before_its_refund_was_refused_judges_nothing_about_it_and_may_approve_it_again",
    ),
    _guard(
        "what an appeal made of a charge falls with its line",
        _CHARGING,
        "    if charge.replaced_by is not None:\n",
        "    if False:\n",
        f"{_CHARGE_APPEALS}::test_a_line_that_falls_takes_what_an_appeal_made_of_its_charge_with_it",
    ),
    _guard(
        "a return is as it was told last",
        "decisions/domain",
        "or (latest and decision != known.decision)",
        "",
        f"{_RETURNS}::test_nothing_more_is_charged_by_what_a_carrier_lost_although_its_label_was",
        f"{_RETURNS}::test_each_charge_of_a_return_names_the_clause_of_its_own_step_also_when_its_refund_is_ordered_anew",
    ),
    _guard(
        "a replayed label changes no return",
        "decisions/domain",
        "(latest and decision != known.decision)",
        "decision != known.decision",
        f"{_RETURNS}::test_nothing_more_is_charged_by_what_a_carrier_lost_although_its_label_was",
    ),
    _guard(
        "a line that was taken back first is not charged",
        _CONSEQUENCES,
        " and n.line not in known.lines_taken_back",
        "",
        f"{_RETURNS}::test_a_label_whose_withdrawal_is_heard_first_is_not_charged",
    ),
    _guard(
        "what was agreed names no appeal",
        "processes/consumers",
        "appeal_until=None if isinstance(outcome, DisputeSettled) else record.appeal_until",
        "appeal_until=record.appeal_until",
        f"{_APPEALS}::test_what_both_sides_agreed_to_names_no_appeal",
    ),
    _guard(
        "what was contested stays so",
        _CHARGE,
        "    if before is None or before.ground is None:\n        return []",
        "    if True:\n        return []",
        f"{_RUNS}::test_a_payout_does_not_take_what_was_contested_before_its_refund_was_ordered_anew",
    ),
    _guard(
        "a late breach ends no later proposal",
        _CHARGE,
        "state.open_proposal and state.proposed_at <= silent_until",
        "state.open_proposal",
        f"{_SILENCE}::test_a_late_breach_ends_no_proposal_that_was_made_after_its_deadline",
    ),
    _guard(
        "a proposal whose time had not passed waits again",
        "processes/silence",
        '    "charge_approval": lambda charge, unit: revive(ChargeId(charge), unit),\n',
        "",
        f"{_SILENCE}::test_a_proposal_that_lapsed_before_its_time_had_passed_waits_again_while_its_ground_stands",
    ),
    _guard(
        "nothing is proposed again whose ground went",
        _ORDERING,
        "    if decision is not None and (decision.taken_back or terms.line in decision.lines_taken_back):\n        return\n",
        "",
        f"{_SILENCE}::test_a_proposal_that_lapsed_before_its_time_had_passed_waits_again_while_its_ground_stands",
        *_MACHINE,
    ),
    _guard(
        "an older withdrawal undoes no later silence",
        "processes/silence",
        "            if await is_news(_SILENCE, told, unit):",
        "            if True:",
        f"{_SILENCE}::test_an_older_withdrawal_that_is_told_again_revives_nothing",
    ),
    _guard(
        "a withdrawal that is heard first ends nothing",
        "processes/silence",
        " and not await _is_late(clock, told, unit)",
        "",
        f"{_SILENCE}::test_a_breach_whose_withdrawal_is_heard_first_ends_nothing",
        f"{_SILENCE}::test_a_hold_whose_end_is_withdrawn_before_it_is_heard_stays",
    ),
)
"""Those without a test of their own were seen to be noticed by the machine alone."""
