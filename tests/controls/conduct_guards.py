"""What keeps complaints about conduct fair: each guard over a complaint, a finding or who hears of it, with the tests that must
notice."""

from collections.abc import Sequence
from functools import partial

from control import Control, Cut, guard

_CONDUCT = "services/messaging/src/messaging/conduct"
_COMPLAINTS = "services/messaging/tests/conduct/test_complaints.py"
_DOMAIN = "services/messaging/tests/conduct/test_domain.py"
_REVIEWS = "services/messaging/tests/conduct/test_reviews.py"
_REVIEW = "services/messaging/tests/conduct/test_review_domain.py"
_SHOWN = "services/ticketing/tests/timeline/test_conduct.py"
_CASES = "services/ticketing/src/ticketing/cases"

_guard = partial(guard, "conduct")

FAIRNESS: Sequence[Control] = (
    _guard(
        "a seller sees no complaint before being told",
        f"{_CONDUCT}/api.py",
        "complaint.seller_id if complaint.accused_knows else None",
        "complaint.seller_id",
        f"{_COMPLAINTS}::test_the_accused_sees_nothing_before_and_the_allegation_after",
    ),
    _guard(
        "a seller never reads the buyer's words",
        f"{_CONDUCT}/texts.py",
        "Role.SELLER: (Written.ALLEGATION, Written.ANSWER)",
        "Role.SELLER: tuple(Written)",
        f"{_COMPLAINTS}::test_the_accused_sees_nothing_before_and_the_allegation_after",
    ),
    _guard(
        "no entry tells a seller of a complaint",
        "services/ticketing/src/ticketing/deadlines/readers.py",
        "return _EVERYONE if knows else _BUYER_AND_STAFF",
        "return _EVERYONE",
        f"{_SHOWN}::test_a_complaint_shows_to_the_seller_only_once_the_seller_knows",
    ),
    _guard(
        "no clock tells a seller of a complaint",
        "services/sla-monitor/src/sla_monitor/clocks/visibility.py",
        "if clock.about is About.CONDUCT_COMPLAINT and role in (Role.BUYER, Role.SELLER):",
        "if False:",
        "services/sla-monitor/tests/clocks/test_conduct.py::"
        "test_each_complaint_has_clocks_of_its_own_and_the_seller_sees_none_before_being_told",
    ),
    _guard(
        "the next deadline of a case tells a seller nothing of a complaint",
        "services/ticketing/src/ticketing/deadlines/consumers.py",
        ' if Role.SELLER in d["visible_to"]',
        "",
        f"{_SHOWN}::test_when_the_case_is_due_next_tells_a_seller_nothing_of_a_complaint",
    ),
    _guard(
        "a review of the seller is not the buyer's",
        f"{_CONDUCT}/api.py",
        "None if complaint.is_review else complaint.buyer_id",
        "complaint.buyer_id",
        f"{_REVIEWS}::test_a_review_is_hidden_from_its_seller_until_told_and_from_the_buyer_for_good",
    ),
    _guard(
        "a review is in the way of no complaint",
        f"{_CONDUCT}/filing.py",
        " if not c.is_review]",
        "]",
        f"{_REVIEWS}::test_a_buyer_complains_as_if_there_were_no_review",
    ),
    _guard(
        "a review falls with its takeover",
        f"{_CONDUCT}/consumers.py",
        "            await take_verdict_back(takeover_id, unit)\n",
        "",
        f"{_REVIEWS}::test_a_review_falls_with_its_takeover_and_what_it_found_counts_no_more",
    ),
    _guard(
        "nothing is found on a verdict of which the seller was not told",
        f"{_CONDUCT}/domain/complaint.py",
        "state.stage not in UNDECIDED or state.accused_knows:",
        "state.stage not in UNDECIDED:",
        f"{_REVIEW}::test_a_review_takes_another_verdict_in_until_its_seller_is_told",
    ),
    _guard(
        "who gave the verdict does not investigate",
        f"{_CONDUCT}/domain/state.py",
        "(*self.judges, *(verdict.judged_by for verdict in self.rests_on))",
        "self.judges",
        f"{_REVIEW}::test_who_gave_the_verdict_neither_investigates_nor_judges_the_appeal",
    ),
    _guard(
        "no entry tells a buyer of a review",
        "services/ticketing/src/ticketing/deadlines/readers.py",
        "return _SELLER_AND_STAFF if knows else _STAFF  # a review",
        "return _EVERYONE  # a review",
        f"{_SHOWN}::test_a_review_of_the_seller_is_not_the_buyers_and_the_sellers_only_once_the_seller_knows",
    ),
    _guard(
        "nothing is found against who was not heard",
        f"{_CONDUCT}/domain/complaint.py",
        "if c.result == ConductResult.FOUND and not state.heard:",
        "if False:",
        f"{_COMPLAINTS}::test_nothing_is_found_against_who_was_not_heard",
        f"{_DOMAIN}::test_in_whatever_order_people_act_nobody_is_found_against_unheard_and_nobody_judges_twice",
    ),
    _guard(
        "who investigated judges no appeal",
        f"{_CONDUCT}/domain/complaint.py",
        "{*state.investigators, *state.deciders}",
        "set()",
        f"{_COMPLAINTS}::test_whoever_investigated_does_not_judge_the_appeal",
    ),
    _guard(
        "who decided investigates no more",
        f"{_CONDUCT}/domain/complaint.py",
        "if c.by in state.deciders:",
        "if False:",
        f"{_COMPLAINTS}::test_a_buyer_whose_appeal_is_granted_gets_another_investigation_by_somebody_else",
    ),
    _guard(
        "a finding is one step, however often it is told",
        f"{_CONDUCT}/domain/standing.py",
        "if any(known.about == command.finding.about for known in state.findings):",
        "if False:",
        f"{_DOMAIN}::test_a_standing_is_the_fold_of_the_findings_that_stand",
    ),
    _guard(
        "a reversed finding counts nowhere",
        f"{_CONDUCT}/finding.py",
        "elif before.found and not after.found:",
        "elif False:",
        f"{_COMPLAINTS}::test_a_reversed_finding_counts_nowhere",
    ),
    _guard(
        "a verdict that comes after its reversal counts nothing",
        f"{_CONDUCT}/consumers.py",
        "if not await is_ended(_VERDICT, received.metadata, unit):",
        "if True:",
        f"{_COMPLAINTS}::test_a_verdict_counts_nothing_that_is_refuted_or_comes_after_the_reversal",
    ),
    _guard(
        "an erased person leaves no text",
        "services/messaging/src/messaging/protection/store.py",
        "    await erase_conduct_texts(mongo, by_author(role, person_id))\n",
        "",
        f"{_COMPLAINTS}::test_an_erased_person_leaves_no_text_about_conduct",
    ),
    _guard(
        "nothing is written about a case that was erased",
        f"{_CONDUCT}/texts.py",
        "if conversation.erased_at is not None:",
        "if False:",
        f"{_COMPLAINTS}::test_nothing_is_written_about_a_case_that_was_erased",
    ),
    Control(
        "conduct: a complaint in a case that is being erased decides again",
        [
            Cut(f"{_CONDUCT}/texts.py", "await unit.guard(CONVERSATIONS,", "await unit.read(CONVERSATIONS,"),
            Cut(f"{_CONDUCT}/filing.py", "await unit.guard(CONVERSATIONS,", "await unit.read(CONVERSATIONS,"),
        ],
        [
            "services/messaging/tests/conduct/test_races.py::test_a_complaint_is_not_filed_in_a_case_that_is_being_erased"
        ],
    ),
    _guard(
        "a clock that is heard late ends no later hearing",
        f"{_CONDUCT}/domain/complaint.py",
        " and hearing.told_at <= at",
        "",
        f"{_DOMAIN}::test_an_end_that_is_heard_of_late_is_not_that_of_what_began_after_it",
    ),
    _guard(
        "what is closed is not appealed",
        f"{_CONDUCT}/domain/complaint.py",
        "if state.stage not in DECIDED:",
        "if False:",
        f"{_DOMAIN}::test_what_waits_for_its_appeal_is_not_closed",
    ),
    _guard(
        "a hearing goes on only by the round that ended it",
        f"{_CONDUCT}/domain/complaint.py",
        "hearing.ended_in not in (None, c.round)",
        "False",
        f"{_DOMAIN}::test_only_the_round_that_ended_a_hearing_lets_it_go_on",
    ),
    _guard(
        "what was found because the time seemed over falls",
        f"{_CONDUCT}/domain/complaint.py",
        "if fell else []",
        "if False else []",
        f"{_DOMAIN}::test_what_was_found_because_the_time_seemed_over_falls_with_it",
        f"{_COMPLAINTS}::test_a_finding_falls_whose_hearing_was_not_over_and_the_seller_is_heard_anew",
    ),
    _guard(
        "a breach that was withdrawn ends no hearing when it comes again",
        f"{_CONDUCT}/silence.py",
        "if await _is_news(clock, received, unit) and (grace is None or grace <= unit.now):",
        "if grace is None or grace <= unit.now:",
        f"{_COMPLAINTS}::test_a_hearing_is_not_over_when_its_clock_says_that_it_was_not",
    ),
    _guard(
        "no silence is held against who could not answer",
        f"{_CONDUCT}/silence.py",
        "if conversation.erased_at is None or received.at <= conversation.erased_at:",
        "if True:",
        f"{_COMPLAINTS}::test_a_hearing_ends_by_silence_only_for_who_could_answer",
    ),
    _guard(
        "what can be appealed is not closed",
        f"{_CONDUCT}/domain/complaint.py",
        "state.decision.appeal_until <= at",
        "state.decision.at <= at",
        f"{_DOMAIN}::test_what_can_still_be_appealed_is_not_closed",
    ),
    _guard(
        "a complaint is not moved to the accused",
        f"{_CASES}/domain/case.py",
        "if c.to == Counterpart.SELLER and state.about_conduct:",
        "if False:",
        "services/ticketing/tests/cases/test_case.py::test_a_complaint_about_a_seller_is_never_moved_to_the_accused",
    ),
    _guard(
        "an accused from whom the contact was moved is told",
        f"{_CASES}/domain/state.py",
        "self.seller_id if self.opened is None else seller",
        "seller",
        f"{_SHOWN}::test_an_accused_from_whom_the_contact_was_moved_is_told_all_the_same",
    ),
    _guard(
        "the version of a case tells the accused nothing",
        f"{_CASES}/access.py",
        "if unit.cause.actor_kind not in (Role.BUYER, Role.SELLER):",
        "if True:",
        f"{_SHOWN}::test_a_case_looks_to_the_accused_as_if_nobody_had_complained",
    ),
    _guard(
        "the priority of a case tells the accused nothing",
        f"{_CASES}/store.py",
        '{"$ne": ReasonFamily.CONDUCT.value}',
        '{"$ne": ""}',
        f"{_SHOWN}::test_a_case_looks_to_the_accused_as_if_nobody_had_complained",
    ),
)
