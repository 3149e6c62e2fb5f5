"""What keeps returns just: each guard over a step, over what is kept or paid, and over who pays, with the tests that must notice."""

from collections.abc import Sequence

from control import Control, Cut

_RETURNS = "services/disputes/src/disputes/returns"
_TESTS = "services/disputes/tests/returns"
_RETURN, _ROUTES, _NEIGHBOURS, _PARCELS = (
    f"{_TESTS}/test_{name}.py" for name in ("return", "routes", "neighbours", "parcels")
)
_PUBLISH = f"{_TESTS}/test_publish.py"
_BILLED = "services/billing/tests/processes/test_returns.py"
_T3 = "services/ticketing/tests/takeovers/test_returns.py"
_CLOCKS = "services/sla-monitor/tests/clocks/test_returns.py"
_GUARANTEE = "services/sla-monitor/tests/clocks/test_delivery_guarantee.py"


def _guard(name: str, module: str, old: str, new: str, *tests: str) -> Control:
    return Control(f"return: {name}", [Cut(f"{_RETURNS}/{module}.py", old, new)], tests)


_STEPS, _INSPECTING, _SLOT, _PARCEL = "domain/item_return", "domain/inspecting", "domain/slot", "domain/parcel"

RETURNS: Sequence[Control] = (
    _guard(
        "a withdrawal has a window",
        _STEPS,
        "if closes_at is not None and at > closes_at:",
        "if False:",
        f"{_RETURN}::test_a_withdrawal_is_lawful_until_the_last_instant_of_its_window",
    ),
    _guard(
        "a refusal needs a lawful ground",
        _STEPS,
        "if ground not in list(Ground):",
        "if False:",
        f"{_RETURN}::test_a_refusal_needs_a_ground_that_the_law_knows",
    ),
    _guard(
        "a deduction is answered once",
        "domain/state",
        " and self.refund_minor is None",
        "",
        f"{_RETURN}::test_every_command_has_one_answer_in_every_situation",
    ),
    _guard(
        "the refund of another decision ends nothing",
        _STEPS,
        "fact.decision_id != state.decision_id",
        "False",
        f"{_RETURN}::test_the_refund_of_another_decision_ends_nothing",
    ),
    _guard(
        "a scan that is heard late is not before what happened",
        _STEPS,
        "at = max(c.scanned_at, state.since)",
        "at = c.scanned_at",
        f"{_RETURN}::test_a_scan_that_is_heard_late_counts_from_when_it_was_made_and_never_before_what_happened_until_then",
    ),
    _guard(
        "nothing is kept above what is left",
        _INSPECTING,
        "if c.deduction_minor > c.left_minor:",
        "if False:",
        f"{_RETURN}::test_nothing_is_kept_without_proof_or_above_what_is_left",
    ),
    _guard(
        "nothing is kept without proof",
        _INSPECTING,
        "if c.deduction_minor and not (deviations and c.photos):",
        "if False:",
        f"{_RETURN}::test_nothing_is_kept_without_proof_or_above_what_is_left",
    ),
    _guard(
        "another device is a deviation",
        _INSPECTING,
        "if same is not False else",
        "if True else",
        f"{_RETURN}::test_another_device_than_the_one_that_was_sold_is_a_deviation",
    ),
    _guard(
        "staff lets the seller keep no more than was asked for",
        _INSPECTING,
        "if c.deduction_minor > state.deduction_minor:",
        "if False:",
        f"{_RETURN}::test_the_platform_lets_the_seller_keep_at_most_what_was_asked_for",
    ),
    _guard(
        "who judged before decides nothing more",
        _INSPECTING,
        "if judge.id in judge.judges:",
        "if False:",
        f"{_RETURN}::test_who_judged_in_the_case_before_decides_nothing_more_in_it",
    ),
    _guard(
        "a role moves no more than it may",
        _INSPECTING,
        "if judge.limit_minor is not None and moved_minor > judge.limit_minor:",
        "if False:",
        f"{_RETURN}::test_what_a_carrier_lost_is_paid_by_the_platform_within_the_limit_of_the_role",
    ),
    _guard(
        "what is kept is taken from what is left",
        _INSPECTING,
        "amount = max(0, left_minor - deduction_minor)",
        "amount = left_minor",
        f"{_RETURN}::test_the_buyer_gets_what_is_left_less_what_the_seller_keeps",
        f"{_RETURN}::test_a_return_pays_at_most_what_is_left_once_and_lives_on_after_its_end_only_where_that_is_taken_back",
    ),
    _guard(
        "one return of a line is live",
        _SLOT,
        "if known.return_id is not None:",
        "if False:",
        f"{_NEIGHBOURS}::test_a_line_has_one_live_return",
    ),
    _guard(
        "a parcel belongs to one return",
        _PARCEL,
        "if not set(known.return_ids) <= {return_id, *shares_with, *instead_of}:",
        "if False:",
        f"{_NEIGHBOURS}::test_a_parcel_belongs_to_one_return",
    ),
    _guard(
        "a scan before its return is not lost",
        "course",
        "for scan in sorted(parcel.scans, key=lambda s: s.scanned_at):",
        "for scan in ():",
        f"{_PARCELS}::test_a_scan_of_a_parcel_that_no_return_names_is_kept_and_counts_when_one_does",
    ),
    _guard(
        "a refund takes from what is left of the line",
        "course",
        "await unit.execute(LINES, _line_of(state), ordered)",
        "pass",
        f"{_ROUTES}::test_a_return_from_the_request_to_the_refund",
    ),
    _guard(
        "who judged is kept in the case",
        "course",
        "if isinstance(command, Judgement):",
        "if False:",
        f"{_ROUTES}::test_a_deduction_that_the_buyer_disputes_is_decided_by_staff_who_did_not_judge_before",
    ),
    _guard(
        "the seller's own label is not charged",
        "domain/events",
        "return self.by != Role.SELLER",
        "return True",
        f"{_PUBLISH}::test_a_label_of_the_platform_says_what_it_costs_the_seller_and_the_sellers_own_costs_nothing",
    ),
    Control(
        "return: a takeover accepts what waits for the seller",
        [
            Cut(
                "services/disputes/src/disputes/processes/consumers.py",
                "        await _tell_returns(case_id, TakeInSellersPlace(since), unit)\n",
                "        pass\n",
            )
        ],
        [f"{_ROUTES}::test_a_takeover_accepts_what_waits_for_the_seller_and_what_is_requested_after_it"],
    ),
    Control(
        "return: what follows a takeover comes after it",
        [
            Cut(
                "services/disputes/src/disputes/processes/consumers.py",
                "max(unit.now, takeover.activated_at + _NEXT)",
                "unit.now",
            )
        ],
        [f"{_ROUTES}::test_a_takeover_accepts_what_waits_for_the_seller_and_what_is_requested_after_it"],
    ),
    Control(
        "return: what a carrier lost is charged to nobody",
        [
            Cut(
                "services/billing/src/billing/processes/consumers.py",
                "if funded_by == _BY_SELLER else []",
                "if True else []",
            )
        ],
        [f"{_BILLED}::test_what_a_carrier_lost_is_the_platforms_loss"],
    ),
    Control(
        "return: a label that was sent too early is credited",
        [
            Cut(
                "services/billing/src/billing/processes/consumers.py",
                "            await undo_line(decision_id, _LABEL_LINE, BREACH_WITHDRAWN, unit)\n",
                "            pass\n",
            )
        ],
        [f"{_BILLED}::test_a_label_that_was_sent_too_early_is_credited_once"],
    ),
    Control(
        "return: a message alone does nothing about it",
        [
            Cut(
                "services/ticketing/src/ticketing/takeovers/rights_breach.py",
                "    if breach.about != _RETURN:\n        return case",
                "    if True:\n        return case",
            )
        ],
        [f"{_T3}::test_a_message_alone_does_nothing_about_a_return"],
    ),
    Control(
        "return: what was done since the reminder is not taken over",
        [
            Cut(
                "services/ticketing/src/ticketing/takeovers/rights_breach.py",
                'entry["type"] in _ENDS.get(breach.kind, ())',
                "False",
            )
        ],
        [f"{_T3}::test_what_was_done_since_the_reminder_is_not_taken_over"],
    ),
    Control(
        "return: a live return keeps its case open",
        [
            Cut(
                "services/ticketing/src/ticketing/unfinished/consumers.py",
                "            await note(case_id, Begin(return_id, at), unit)\n",
                "            pass\n",
            )
        ],
        [f"{_T3}::test_a_case_is_not_closed_over_a_return"],
    ),
    Control(
        "return: the seller owes no refund while others decide what it is",
        [
            Cut(
                "services/sla-monitor/src/sla_monitor/clocks/translation.py",
                "signals = (*signals, Signal.DEDUCTION_MADE)",
                "pass",
            )
        ],
        [f"{_CLOCKS}::test_what_the_seller_keeps_is_answered_by_the_buyer_and_then_decided_by_the_platform"],
    ),
    _guard(
        "a reversed takeover takes no decided return back",
        _STEPS,
        " or state.request.dispute_id is not None",
        "",
        f"{_RETURN}::test_a_return_that_was_decided_is_accepted_and_no_reversed_takeover_takes_that_back",
    ),
    Control(
        "return: a decided refund waits for the item",
        [
            Cut(
                "services/disputes/src/disputes/disputes/domain/events.py",
                " and not self.by_return",
                "",
            )
        ],
        ["services/disputes/tests/disputes/test_dispute.py::test_a_refund_against_the_item_waits_for_its_return"],
    ),
    Control(
        "guarantee: another day counts where it is earlier",
        [
            Cut(
                "services/sla-monitor/src/sla_monitor/clocks/domain/round.py",
                " and named < self.due",
                "",
            )
        ],
        [f"{_GUARANTEE}::test_another_day_counts_where_it_is_earlier_whatever_is_told_first"],
    ),
    Control(
        "guarantee: a lapse that is withdrawn is forgotten",
        [
            Cut(
                "services/disputes/src/disputes/disputes/domain/evolution.py",
                "tuple(known for known in state.shown if known != kind)",
                "state.shown",
            )
        ],
        [
            "services/disputes/tests/disputes/test_dispute.py"
            "::test_a_decision_rests_on_what_a_system_showed_until_that_is_withdrawn"
        ],
    ),
    Control(
        "reminders: days before the deadline, not shares",
        [
            Cut(
                "services/sla-monitor/src/sla_monitor/clocks/domain/round.py",
                "run.due - days * _DAY",
                "run.due - run.amount * days // 100",
            )
        ],
        [
            "services/sla-monitor/tests/clocks/test_reminders.py::test_before_each_window_closes_its_owner_is_reminded_twice"
        ],
    ),
)
