"""A candidate from its proposal to its publication: tried before it is published, published once, in force after a notice."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tariffs import TARIFFS, Count, ProposedTariff

from chassis.testing import NOON, Situations
from ombud_rulebooks.domain.candidate import (
    AdvanceDryRun,
    AlreadyPublished,
    CandidateCommand,
    CandidateProposed,
    CandidatePublished,
    DryRunAdvanced,
    DryRunMissing,
    DryRunOrdered,
    EffectiveTooSoon,
    OrderDryRun,
    ProposeCandidate,
    PublishCandidate,
    UnknownCandidate,
    WindowRefused,
)
from ombud_rulebooks.domain.refusal import RulebookRefused

given = Situations(RulebookRefused).given
KIND = TARIFFS.candidates
DAY, NOTICE = timedelta(days=1), timedelta(seconds=60)
PROPOSED = ProposedTariff(
    id="cnd_1", market="lv", content="{}", proposed_by="sup_1", proposed_at=NOON, effective_from=NOON + DAY
)
RUN = Count(id="dry_1", revision=3, ordered_at=NOON, from_at=NOON - 7 * DAY, to_at=NOON)
HALF_WAY = replace(RUN, counted=5)
DONE = replace(HALF_WAY, counted=10, finished_at=NOON)
OUTDATED = replace(RUN, finished_at=NOON, outdated=True)

PROPOSE = ProposeCandidate(PROPOSED, NOON)
ORDER = OrderDryRun(RUN, NOON)
PAGE = AdvanceDryRun(RUN, HALF_WAY, NOON)
FINISH = AdvanceDryRun(HALF_WAY, DONE, NOON)
PUBLISH = PublishCandidate("adm_1", NOON, NOTICE)
TRIED: list[CandidateCommand] = [PROPOSE, ORDER, PAGE, FINISH]


def test_a_candidate_is_proposed_tried_and_published() -> None:
    given(KIND).when(PROPOSE).then(CandidateProposed(PROPOSED, NOON), run=None)
    given(KIND, PROPOSE).when(ORDER).then(DryRunOrdered(RUN, NOON), run=RUN)
    given(KIND, PROPOSE, ORDER).when(PAGE).then(DryRunAdvanced(HALF_WAY, NOON), run=HALF_WAY)
    given(KIND, PROPOSE, ORDER, PAGE).when(FINISH).then(DryRunAdvanced(DONE, NOON), run=DONE)
    given(KIND, *TRIED).when(PUBLISH).then(CandidatePublished("adm_1", NOON), published_by="adm_1", published_at=NOON)


def test_a_candidate_awaits_its_run_from_the_order_to_the_end() -> None:
    states = [given(KIND, *TRIED[:n]).state for n in range(1, 5)]
    assert [s.awaits_run for s in states if s] == [False, True, True, False]
    assert [r.stage for r in (RUN, HALF_WAY, DONE, OUTDATED)] == ["running", "running", "finished", "outdated"]


def test_a_page_is_counted_once_whoever_reads_it_again() -> None:
    """INVARIANT: a page that two replicas judged counts once; would break if a run went on from where it no longer is."""
    given(KIND, PROPOSE, ORDER, PAGE).when(PAGE).then_nothing()
    given(KIND, *TRIED).when(PAGE).then_nothing()
    given(KIND, *TRIED).when(FINISH).then_nothing()
    given(KIND, PROPOSE).when(PROPOSE).then_nothing()


def test_a_run_that_was_ordered_later_replaces_the_earlier_one() -> None:
    again = given(KIND, *TRIED, OrderDryRun(replace(RUN, id="dry_2"), NOON))
    again.when(PAGE).then_nothing()
    again.when(PUBLISH).then_refused(DryRunMissing)


@pytest.mark.parametrize(
    ("history", "command", "refusal"),
    [
        ([], ORDER, UnknownCandidate),
        ([], PUBLISH, UnknownCandidate),
        ([PROPOSE], PUBLISH, DryRunMissing),
        ([PROPOSE, ORDER], PUBLISH, DryRunMissing),
        ([PROPOSE, ORDER, AdvanceDryRun(RUN, OUTDATED, NOON)], PUBLISH, DryRunMissing),
        (TRIED, replace(PUBLISH, at=NOON + DAY - NOTICE + timedelta(milliseconds=1)), EffectiveTooSoon),
        ([*TRIED, PUBLISH], PUBLISH, AlreadyPublished),
        ([*TRIED, PUBLISH], ORDER, AlreadyPublished),
        ([PROPOSE], OrderDryRun(replace(RUN, from_at=NOON), NOON), WindowRefused),
        ([PROPOSE], OrderDryRun(replace(RUN, to_at=NOON + DAY), NOON), WindowRefused),
        ([PROPOSE], OrderDryRun(replace(RUN, from_at=NOON - 401 * DAY), NOON), WindowRefused),
    ],
)
def test_what_a_candidate_refuses(
    history: list[CandidateCommand], command: CandidateCommand, refusal: type[RulebookRefused]
) -> None:
    given(KIND, *history).when(command).then_refused(refusal)


def test_exactly_the_notice_ahead_is_soon_enough() -> None:
    assert given(KIND, *TRIED).when(replace(PUBLISH, at=NOON + DAY - NOTICE)).refusal is None


def test_what_a_service_adds_is_kept_as_it_was() -> None:
    state = given(KIND, *TRIED).state
    assert state is not None
    assert KIND.decode(KIND.encode(state)) == state
