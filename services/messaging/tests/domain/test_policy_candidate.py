"""A candidate's life and the rule book: tried before it is published, published once, in force after a notice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from messaging.domain import policy_book, policy_candidate
from messaging.domain.policy_book import Book, Publish
from messaging.domain.policy_candidate import (
    Candidate,
    CandidateCommand,
    CountPage,
    FinishDryRun,
    OrderDryRun,
    ProposeCandidate,
    PublishCandidate,
)
from messaging.domain.policy_trial import Change
from messaging.domain.refusals import (
    AlreadyPublished,
    DryRunMissing,
    EffectiveDatesOverlap,
    EffectiveTooSoon,
    Refusal,
    RulesHaveChanged,
    UnknownCandidate,
    WindowRefused,
)

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PROPOSE = ProposeCandidate("cnd_1", "lv", 1, NOON + 2 * DAY, '{"rows": []}', "sup_1", NOON)
ORDER = OrderDryRun("dry_1", NOON - DAY, NOON, 0, NOON)
CHANGE = Change("seller", "phone", "block", "hold", 2)
PAGE = CountPage("dry_1", ("2026-09-15T11:00:00+00:00", "msg_1"), 10, 2, (CHANGE,), NOON)
FINISH = FinishDryRun("dry_1", NOON)
PUBLISH = PublishCandidate("adm_1", NOON, DAY)


def play(*commands: CandidateCommand) -> Candidate:
    state: Candidate | None = None
    for command in commands:
        for event in policy_candidate.decide(command, state):
            state = policy_candidate.evolve(state, event)
    assert state is not None
    return state


def test_pages_are_added_up_until_the_run_is_finished() -> None:
    run = play(PROPOSE, ORDER, PAGE, PAGE, FINISH, PAGE).run
    assert run is not None
    assert (run.messages, run.changed, run.changes) == (20, 4, (replace(CHANGE, messages=4),))
    assert (run.cursor, run.finished_at) == (PAGE.cursor, NOON)


def test_a_run_that_was_ordered_later_replaces_the_one_before() -> None:
    state = play(PROPOSE, ORDER, PAGE, replace(ORDER, run_id="dry_2"), PAGE, FINISH)
    assert state.run is not None
    assert (state.run.id, state.run.messages, state.awaits_run) == ("dry_2", 0, True)


def test_a_finished_candidate_is_published_once() -> None:
    assert play(PROPOSE, ORDER, FINISH, PUBLISH).published_by == "adm_1"
    assert policy_candidate.decide(PROPOSE, play(PROPOSE)) == []


@pytest.mark.parametrize(
    ("history", "command", "refusal"),
    [
        ([], ORDER, UnknownCandidate),
        ([PROPOSE], PUBLISH, DryRunMissing),
        ([PROPOSE, ORDER], PUBLISH, DryRunMissing),
        ([PROPOSE, ORDER, replace(FINISH, outdated=True)], PUBLISH, DryRunMissing),
        ([PROPOSE, ORDER, FINISH], replace(PUBLISH, at=NOON + 1.5 * DAY), EffectiveTooSoon),
        ([PROPOSE, ORDER, FINISH, PUBLISH], PUBLISH, AlreadyPublished),
        ([PROPOSE, ORDER, FINISH, PUBLISH], ORDER, AlreadyPublished),
        ([PROPOSE], replace(ORDER, to_at=NOON + DAY), WindowRefused),
        ([PROPOSE], replace(ORDER, from_at=NOON), WindowRefused),
        ([PROPOSE], replace(ORDER, from_at=NOON - 401 * DAY), WindowRefused),
    ],
)
def test_what_a_candidate_refuses(
    history: list[CandidateCommand], command: CandidateCommand, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        policy_candidate.decide(command, play(*history) if history else None)


def test_the_book_refuses_what_was_tried_against_other_rules_and_dates_that_overlap() -> None:
    first = Publish("lv", 1, NOON + DAY, "{}", "adm_1", "cnd_1", 0, NOON)
    (event,) = policy_book.decide(first, None)
    book = policy_book.evolve(None, event)
    assert book == Book("lv", (NOON + DAY,))
    with pytest.raises(RulesHaveChanged):
        policy_book.decide(replace(first, effective_from=NOON + 2 * DAY), book)
    with pytest.raises(EffectiveDatesOverlap):
        policy_book.decide(replace(first, revision=1), book)
