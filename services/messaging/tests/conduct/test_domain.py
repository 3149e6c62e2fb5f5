"""Complaints and standings, purely: each step, and what holds in whatever order people act (casework, section 7; S-3, S-4)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from complaint_situations import (
    ANOTHER,
    ANSWER,
    CLOSE,
    END_HEARING,
    FILE,
    FIND,
    FIND_NOTHING,
    INVESTIGATOR,
    NOON,
    REVIEWER,
    TAKE,
    TELL,
    appeal,
    judge,
    result,
)
from hypothesis import given
from hypothesis import strategies as st

from messaging.conduct.domain import complaint, standing
from messaging.conduct.domain.commands import (
    AnswerAllegation,
    AppealConduct,
    CloseComplaint,
    Command,
    ContinueHearing,
    DecideComplaint,
    EndHearing,
    TakeInvestigation,
    TellAccused,
)
from messaging.conduct.domain.events import ConductAppealDecided, Event
from messaging.conduct.domain.refusals import DecidedBefore, NotAppealable, NotInvestigated, UnknownComplaint
from messaging.conduct.domain.standing import BY_COMPLAINT, Finding, RecordFinding, Standing, StepBack, TakeBackFinding
from messaging.conduct.domain.state import Complaint, Hearing, Stage
from messaging.conversations.domain import Refusal
from messaging.sanctions.domain import CONDUCT, Ladder, UnknownSanction, ladder_for
from ombud_words import (
    AppealOutcome,
    AppealRefused,
    CaseId,
    ComplaintId,
    ConductResult,
    PersonId,
    Role,
    SanctionId,
    SellerId,
)

pytestmark = pytest.mark.rule("R-45")
MED, SUP, OTHER = INVESTIGATOR, REVIEWER, ANOTHER


def after(commands: Sequence[Command]) -> Complaint:
    state: Complaint | None = None
    for command in commands:
        for event in complaint.decide(command, state):
            state = complaint.evolve(state, event)
    assert state is not None
    return state


HEARD = (FILE, TAKE, TELL, ANSWER)
FOUND = (*HEARD, FIND)


def test_a_complaint_begins_with_its_filing() -> None:
    with pytest.raises(UnknownComplaint):
        complaint.decide(TAKE, None)
    state = after([FILE])
    assert (state.stage, state.accused_knows, state.found) == (Stage.FILED, False, False)


def test_nobody_decides_what_nobody_investigates() -> None:
    for before in ([FILE], [*FOUND]):
        with pytest.raises(NotInvestigated):
            complaint.decide(result(ConductResult.NOT_FOUND), after(before))


def test_an_end_of_the_hearing_that_comes_late_or_early_changes_nothing() -> None:
    for before in ([FILE], [FILE, TAKE], HEARD, FOUND):
        assert complaint.decide(EndHearing(1, NOON), after(before)) == []


def test_an_end_that_is_heard_of_late_is_not_that_of_what_began_after_it() -> None:
    """INVARIANT: would break if the silence of an earlier investigation ended the hearing of the one that runs."""
    before = NOON - timedelta(seconds=1)
    assert complaint.decide(EndHearing(1, before), after([FILE, TAKE, TELL])) == []
    assert complaint.decide(EndHearing(1, NOON), after([FILE, TAKE, TELL]))


def test_what_can_still_be_appealed_is_not_closed() -> None:
    """INVARIANT: would break if the clock of an earlier decision took from the seller the last days to appeal a later one."""
    assert complaint.decide(CloseComplaint(CLOSE.at - timedelta(seconds=1)), after(FOUND)) == []
    assert complaint.decide(CLOSE, after(FOUND))


SILENT = (FILE, TAKE, TELL, END_HEARING)
CONTINUE = ContinueHearing(1, NOON)


@pytest.mark.rule("S-3")
def test_a_hearing_goes_on_whose_end_was_none() -> None:
    state = after([*SILENT, CONTINUE])
    assert (state.stage, state.heard, state.hearing) == (Stage.INVESTIGATED, False, Hearing(NOON))
    assert after([*SILENT, CONTINUE, EndHearing(1, NOON)]).heard
    assert after([*SILENT, CONTINUE, ANSWER, FIND]).found


@pytest.mark.rule("S-3")
def test_only_the_round_that_ended_a_hearing_lets_it_go_on() -> None:
    """INVARIANT: would break if the clock of an earlier investigation took the hearing of a later one back."""
    for before in ([FILE], [FILE, TAKE], [FILE, TAKE, TELL], HEARD, [*SILENT, ANSWER], FOUND):
        assert complaint.decide(CONTINUE, after(before)) == []
    assert complaint.decide(ContinueHearing(2, NOON), after(SILENT)) == []


@pytest.mark.rule("S-3")
def test_what_was_found_because_the_time_seemed_over_falls_with_it() -> None:
    """INVARIANT: would break if a finding stood against a seller whose time to answer had not been over."""
    fell = after([*SILENT, FIND, CONTINUE])
    assert (fell.stage, fell.found, fell.hearing, fell.investigator) == (Stage.FILED, False, None, None)
    with pytest.raises(DecidedBefore):
        complaint.decide(TAKE, fell)
    for before in ([*SILENT, FIND_NOTHING], [*SILENT, FIND, appeal(Role.SELLER)], [*SILENT, FIND, CLOSE]):
        assert complaint.decide(CONTINUE, after(before)) == [], "nothing was found, or a person decides"


def test_each_side_appeals_only_what_was_decided_against_it() -> None:
    with pytest.raises(NotAppealable):
        complaint.decide(appeal(Role.BUYER), after(FOUND))
    not_found = after([*HEARD, result(ConductResult.NOT_FOUND)])
    with pytest.raises(NotAppealable):
        complaint.decide(appeal(Role.SELLER), not_found)
    assert complaint.decide(appeal(Role.BUYER), not_found)


def test_what_waits_for_its_appeal_is_not_closed() -> None:
    assert complaint.decide(CLOSE, after([*FOUND, appeal(Role.SELLER)])) == []
    closed = after([*FOUND, CLOSE])
    assert closed.stage == Stage.CLOSED
    with pytest.raises(NotAppealable):
        complaint.decide(appeal(Role.SELLER), closed)


WHO = st.sampled_from([MED, SUP, OTHER])
ANY_COMMAND = st.one_of(
    st.just(FILE),
    st.builds(TakeInvestigation, by=WHO, overrides=st.booleans(), at=st.just(NOON)),
    st.builds(TellAccused, WHO, st.just(NOON)),
    st.just(AnswerAllegation(NOON)),
    st.just(EndHearing(1, NOON)),
    st.builds(result, st.sampled_from(ConductResult), WHO),
    st.builds(appeal, st.sampled_from([Role.BUYER, Role.SELLER])),
    st.builds(judge, st.sampled_from([AppealOutcome.INADMISSIBLE, AppealOutcome.UPHELD, AppealOutcome.REVERSED]), WHO),
    st.builds(ContinueHearing, round=st.just(1), at=st.just(NOON)),
    st.just(CLOSE),
)
LADDER = ladder_for("lv", "seller", CONDUCT)
assert LADDER is not None


@given(st.lists(ANY_COMMAND, max_size=30))
def test_in_whatever_order_people_act_nobody_is_found_against_unheard_and_nobody_judges_twice(
    commands: list[Command],
) -> None:
    """INVARIANT: no finding before the hearing of its own investigation; the ladder has a rung for each finding that stands, and
    none for one that was reversed; whoever investigated judges no appeal, and whoever judged investigates no more."""
    state: Complaint | None = None
    stood: Standing | None = None
    for number, command in enumerate([FILE, *commands]):
        before, at = state, NOON + timedelta(minutes=number)
        try:
            events = complaint.decide(_at(command, at, number), state)
        except (Refusal, AppealRefused):
            continue
        for event in events:
            state = complaint.evolve(state, event)
        assert state is not None
        _who_acted(before, events)
        assert before is None or before.stage != Stage.CLOSED or state == before, "what is closed stays as it is"
        if state.found and not (before and before.found):
            assert before is not None
            assert before.heard
            stood = _stood(stood, _record(state.id, at))
        elif before and before.found and not state.found:
            stood = _stood(stood, TakeBackFinding(state.id, at))
        rungs = len(stood.findings) if stood else 0
        assert rungs == (1 if state.found else 0)
        assert (stood.height_at(at) if stood else 0) == rungs
        assert state.accused_knows or state.hearing is None


def _at(command: Command, at: datetime, number: int) -> Command:
    match command:
        case AppealConduct(by=by):
            return appeal(by, at, number)
        case DecideComplaint(result=word, by=by):
            return result(word, by, at, number)
        case _:
            return command


def _who_acted(before: Complaint | None, events: Sequence[Event]) -> None:
    for event in events:
        if isinstance(event, ConductAppealDecided):
            assert before is not None
            assert event.reviewer_id not in {*before.investigators, *before.judges}


def _record(about: ComplaintId, at: datetime) -> RecordFinding:
    assert LADDER is not None
    return RecordFinding(
        sanction_id=SanctionId("snc_1"),
        seller_id=SellerId(PersonId("sel_2")),
        market="lv",
        ladder=LADDER,
        finding=Finding(about=about, by=BY_COMPLAINT, case_id=CaseId("cas_1"), grounds=("INSULT",), at=at),
        at=at,
    )


def _stood(state: Standing | None, command: standing.Command) -> Standing:
    for event in standing.decide(command, state):
        state = standing.evolve(state, event)
    assert state is not None
    return state


NUMBERS = st.integers(min_value=1, max_value=6)


@given(
    st.lists(st.tuples(st.sampled_from(["find", "take back", "step back"]), NUMBERS, st.integers(0, 500)), max_size=30)
)
def test_a_standing_is_the_fold_of_the_findings_that_stand(deeds: list[tuple[str, int, int]]) -> None:
    """INVARIANT: one step per finding, however often it is told; time takes steps back one by one, and the height that was told
    last is never above what the findings that stand lead to."""
    state: Standing | None = None
    standing_now: dict[str, datetime] = {}
    at = NOON
    for deed, number, days in deeds:
        at += timedelta(days=days)
        id = ComplaintId(f"cpl_{number}")
        command: Any = {
            "find": _record(id, at),
            "take back": TakeBackFinding(id, at),
            "step back": StepBack(at),
        }[deed]
        if state is None and deed != "find":
            with pytest.raises(UnknownSanction):
                standing.decide(command, state)
            continue
        state = _stood(state, command)
        if deed == "find":
            standing_now.setdefault(id, at)
        elif deed == "take back":
            standing_now.pop(id, None)
        assert state.height >= state.height_at(at)
        assert state.height == state.height_at(at) or deed != "step back"
        assert {f.about for f in state.findings} == set(standing_now)
        assert state.height_at(at) == _by_hand(sorted(standing_now.values()), at, state.ladder)


def _by_hand(found: Sequence[datetime], at: datetime, ladder: Ladder) -> int:
    """The height, counted day by day of the law: up one at a finding, down one for each period without any."""
    height: int = 0
    last: datetime | None = None
    for when in found:
        if last is not None:
            height = max(0, height - (when - last) // ladder.period)
        height, last = min(height + 1, len(ladder.steps)), when
    return 0 if last is None else max(0, height - (at - last) // ladder.period)


def test_a_market_without_a_ladder_of_its_own_has_that_of_all() -> None:
    ladder = ladder_for("de", "seller", CONDUCT)
    assert ladder is not None
    assert ladder.steps == ("notice", "warning", "listing_limits", "suspension")
    assert ladder_for("de", "buyer", CONDUCT) is None
