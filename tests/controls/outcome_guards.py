"""What keeps outcomes of disputes just: each guard over an offer, a decision or a gift, with the tests that must notice."""

from collections.abc import Sequence

from control import Control, Cut

_DISPUTES = "services/disputes/src/disputes"
_TESTS = "services/disputes/tests"
_WHO_PAYS = f"{_TESTS}/disputes/test_who_pays.py"
_DISPUTE = f"{_TESTS}/disputes/test_dispute.py"
_COURSE = f"{_TESTS}/disputes/test_course.py"
_APPEALS = f"{_TESTS}/disputes/test_appeals.py"
_SILENCE_OF_DISPUTES = "services/disputes/src/disputes/processes/silence.py"
_NO_LATER_SILENCE = "of_dispute and await is_news(_SILENCE"
_WITHDRAWN = "services/disputes/tests/processes/test_withdrawn_lapse.py"
_PROMISES = "services/ticketing/tests/promises/test_routes.py"
_REQUESTS = "services/disputes/tests/evidence/test_requests.py"
_BILLED_APPEALS = "services/billing/tests/processes/test_appeals.py"


def _guard(name: str, module: str, old: str, new: str, *tests: str) -> Control:
    return Control(f"outcome: {name}", [Cut(f"{_DISPUTES}/{module}.py", old, new)], tests)


_OFFERS, _DECISION, _LINE = "disputes/domain/offers", "disputes/domain/deciding", "cases/domain/line"

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
        "    if c.by not in PARTIES:\n        check_order(c.remedy, state.opened.family, c.reasons, c.legal_order)\n",
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
        "return before.record is None or before.record.decision_id != record.decision_id",
        "return True",
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
    _guard(
        "an amendment waits for the refund of the decision before",
        _DECISION,
        "if before.outcome.refund_minor and state.stage != Stage.CLOSED:",
        "if False:",
        f"{_APPEALS}::test_nothing_is_amended_while_its_refund_is_on_its_way",
    ),
    _guard(
        "an amendment counts what was paid before",
        _DECISION,
        "        given_minor=given_minor,\n",
        "",
        f"{_APPEALS}::test_what_holds_instead_counts_what_was_paid_before",
    ),
    _guard(
        "nothing is decided while evidence is awaited",
        _DECISION,
        "if (asked := state.evidence_awaited) is not None:",
        "if (asked := None) is not None:",
        f"{_REQUESTS}::test_nothing_is_decided_and_nothing_else_asked_until_it_comes",
    ),
    _guard(
        "a breach that is heard late ends no later request for evidence",
        "disputes/domain/requesting",
        " if asked is not None and asked.at <= asked_by else []",
        " if asked is not None else []",
        f"{_REQUESTS}::test_the_silence_of_an_earlier_request_ends_no_later_one",
    ),
    Control(
        "outcome: a mediation goes on when what was asked for does not come",
        [
            Cut(
                "services/sla-monitor/src/sla_monitor/rules/domain/desk_policies.py",
                '"resumes": ["evidence_received", "evidence_request_ended"],',
                '"resumes": ["evidence_received"],',
            )
        ],
        [
            "services/sla-monitor/tests/clocks/test_evidence_requests.py"
            "::test_however_a_request_ends_the_mediation_goes_on"
        ],
    ),
    Control(
        "outcome: a promise keeps its case open",
        [
            Cut(
                "services/ticketing/src/ticketing/promises/promising.py",
                "    await note(case.id, Begin(made.id, unit.now), unit)\n",
                "",
            )
        ],
        [f"{_PROMISES}::test_a_case_is_not_closed_over_an_open_promise_without_a_reason"],
    ),
    Control(
        "outcome: a promise that was not broken stands again",
        [
            Cut(
                "services/ticketing/src/ticketing/consumers.py",
                "        await restore_promise(received, unit)\n",
                "",
            )
        ],
        [f"{_PROMISES}::test_the_buyer_is_told_when_it_is_broken_and_when_it_was_not"],
    ),
    Control(
        "outcome: only the breach that broke a promise lets it stand again",
        [
            Cut(
                "services/ticketing/src/ticketing/promises/domain.py",
                "state.broken_in in (None, round)",
                "True",
            )
        ],
        [
            f"{_PROMISES}::test_a_withdrawal_that_is_heard_late_restores_nothing_that_was_broken_since",
            "services/ticketing/tests/promises/test_domain.py::test_only_the_round_by_which_it_is_broken_restores_it",
        ],
    ),
    Control(
        "outcome: a promise stands again whatever its clock has said since",
        [
            Cut(
                "services/ticketing/src/ticketing/deadlines/news.py",
                'return await is_news("silence", received.metadata, unit)',
                'return await is_news(f"round|{received.event.round}", received.metadata, unit)',
            )
        ],
        [f"{_PROMISES}::test_a_promise_stands_again_by_a_withdrawal_that_is_replayed"],
    ),
    Control(
        "outcome: a withdrawal gives a right back whatever its clock has said since",
        [Cut(_SILENCE_OF_DISPUTES, _NO_LATER_SILENCE, 'of_dispute and await is_news(f"round|{clock.round}"')],
        [
            f"{_WITHDRAWN}::test_a_withdrawal_that_is_replayed_after_its_round_was_voided_gives_the_right_back",
            "services/disputes/tests/evidence/test_requests.py"
            "::test_a_withdrawal_that_is_replayed_has_the_evidence_asked_for_anew",
        ],
    ),
    Control(
        "outcome: an earlier withdrawal gives no right back that was lost since",
        [Cut(_SILENCE_OF_DISPUTES, f"{_NO_LATER_SILENCE}, received.metadata, unit)", "of_dispute")],
        [f"{_WITHDRAWN}::test_a_withdrawal_of_an_earlier_breach_says_nothing_of_the_breach_that_followed"],
    ),
    Control(
        "outcome: a seller from whom the contact was moved keeps a promise",
        [
            Cut(
                "services/ticketing/src/ticketing/promises/api.py",
                "addressees_of if owned else parties_of",
                "parties_of",
            )
        ],
        [f"{_PROMISES}::test_a_seller_from_whom_the_contact_was_moved_speaks_for_an_own_promise"],
    ),
    Control(
        "outcome: who decided judges no appeal",
        [Cut("contracts/src/ombud_words/appeals.py", "if reviewer in deciders:", "if False:")],
        [
            f"{_APPEALS}::test_whoever_judged_in_the_case_does_not_judge_the_appeal_and_who_judged_it_judges_no_more",
            "services/ticketing/tests/takeovers/test_appeals.py::test_whoever_decided_does_not_judge_the_appeal",
        ],
    ),
    Control(
        "outcome: no time passes for a side while the appeal of the other waits",
        [Cut("contracts/src/ombud_words/appeals.py", "max(until + stood_still,", "max(until,")],
        [
            "contracts/tests/test_appeals.py::test_the_time_for_which_it_waited_is_not_counted_for_the_other_side",
            f"{_APPEALS}::test_while_the_appeal_of_the_other_side_waits_no_time_passes",
        ],
    ),
    Control(
        "outcome: after an appeal the clock goes on for the other side alone",
        [Cut("services/sla-monitor/src/sla_monitor/clocks/translation.py", "owner=appeal.appeal_by, until", "until")],
        [
            "tests/simulation/test_appeal_windows.py"
            "::test_the_clock_ends_for_each_side_in_the_instant_until_which_it_may_appeal",
        ],
    ),
    Control(
        "outcome: a reversed decision charges nobody",
        [
            Cut(
                "services/billing/src/billing/processes/consumers.py",
                "            await undo(appealed.decision_id, appealed.case_id, (), APPEALED, unit)\n        case",
                "            pass\n        case",
            )
        ],
        [
            f"{_BILLED_APPEALS}::test_what_a_reversed_decision_charged_is_credited_once_and_the_buyer_keeps_what_was_paid",
        ],
    ),
    Control(
        "outcome: what an amendment paid before is charged at once",
        [
            Cut(
                "services/billing/src/billing/processes/consequences.py",
                "    for part in decided.given:\n",
                "    for part in []:\n",
            )
        ],
        [f"{_BILLED_APPEALS}::test_an_amendment_downwards_charges_less_and_asks_nothing_back_from_the_buyer"],
    ),
    Control(
        "outcome: an appeal that waits keeps its case open",
        [
            Cut(
                "services/ticketing/src/ticketing/takeovers/appealing.py",
                "        await note(after.case_id, Begin(command.appeal_id, unit.now), unit)\n",
                "        pass\n",
            )
        ],
        ["services/ticketing/tests/takeovers/test_appeals.py::test_a_case_is_not_closed_over_an_appeal_that_waits"],
    ),
)
