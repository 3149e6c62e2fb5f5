"""What keeps findings of decisions fair: each guard over what may be found, what falls with it, and what a limit never touches, with
the tests that must notice."""

from collections.abc import Sequence
from functools import partial

from control import Control, guard

_DISPUTES = "services/disputes/src/disputes"
_FINDINGS = "services/disputes/tests/disputes/test_findings.py"
_LIMITS = "services/disputes/tests/disputes/test_limits.py"
_CLAIMS = "services/messaging/tests/conduct/test_claims.py"

_guard = partial(guard, "findings")

FINDINGS: Sequence[Control] = (
    _guard(
        "what a system has shown needs no evidence",
        f"{_DISPUTES}/disputes/limiting.py",
        "if not evidenced and not opening.shown:",
        "if not evidenced:",
        f"{_LIMITS}::test_what_a_system_has_shown_needs_no_evidence_of_a_limited_buyer",
    ),
    _guard(
        "a guarantee is about a line",
        f"{_DISPUTES}/processes/silence.py",
        "        if clock.about == _LINE and await is_news",
        "        if await is_news",
        "services/disputes/tests/processes/test_delivery_guarantee.py"
        "::test_a_row_that_promises_it_about_a_case_says_nothing_of_a_line",
    ),
    _guard(
        "a claim that gave something was not unfounded",
        f"{_DISPUTES}/disputes/domain/finding.py",
        "if c.remedy != Remedy.NONE:",
        "if False:",
        f"{_FINDINGS}::test_a_claim_is_found_unfounded_only_where_the_decision_bears_it_out",
    ),
    _guard(
        "what a side says alone proves nothing against the other",
        f"{_DISPUTES}/disputes/domain/finding.py",
        " and not (e.stated and e.by == other_side)",
        "",
        f"{_FINDINGS}::test_a_claim_is_found_unfounded_only_where_the_decision_bears_it_out",
    ),
    _guard(
        "a finding falls with its decision",
        f"{_DISPUTES}/disputes/domain/deciding.py",
        "(AppealOutcome.REVERSED, AppealOutcome.AMENDED)",
        "(AppealOutcome.AMENDED,)",
        f"{_FINDINGS}::test_a_finding_stands_and_falls_with_its_decision",
    ),
    _guard(
        "a claim about safety is never limited",
        f"{_DISPUTES}/disputes/limiting.py",
        " or opening.reason in ABOUT_SAFETY",
        "",
        f"{_LIMITS}::test_a_claim_about_safety_is_never_limited_and_stands_in_nobodys_way",
    ),
    _guard(
        "two claims at once under the limit see each other",
        f"{_DISPUTES}/disputes/limiting.py",
        "    await unit.execute(CLAIMANTS, id, OpenUnderLimit(opening.dispute_id, opening.at))\n",
        "",
        "services/disputes/tests/processes/test_races.py::"
        "test_of_two_claims_opened_at_once_under_the_limit_the_second_sees_the_first",
    ),
    _guard(
        "a finding that comes after its withdrawal counts nothing",
        "services/messaging/src/messaging/conduct/consumers.py",
        "await note_end(what, received.metadata, unit)",
        "pass",
        f"{_CLAIMS}::test_a_finding_that_comes_after_its_withdrawal_counts_nothing_and_a_later_one_does",
    ),
    _guard(
        "the other side is not shown what was found",
        "services/ticketing/src/ticketing/deadlines/readers.py",
        "case findings.FindingEvent(against=who):\n            return _whose(who)",
        "case findings.FindingEvent():\n            return _EVERYONE",
        "services/ticketing/tests/timeline/test_findings.py::test_what_was_found_about_a_side_is_not_shown_to_the_other",
    ),
)
