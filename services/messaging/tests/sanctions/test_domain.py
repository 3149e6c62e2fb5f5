"""The sanction ladder: repeated breaches climb, time steps back, and a reversal undoes what followed (R-04, section 7)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.conversations.domain import Refusal
from messaging.sanctions.domain import AppealTooLate, NothingAppealed, NothingToAppeal, UnknownSanction
from messaging.sanctions.domain.event import (
    AppealSanction,
    Command,
    CountHeld,
    Event,
    FinishRelease,
    PardonBreaches,
    RecordBreach,
    SanctionImposed,
    SanctionLifted,
    StepBack,
    UpholdSanction,
)
from messaging.sanctions.domain.ladder import Breach, Ladder, ladder_for, ladders_from
from messaging.sanctions.domain.sanction import REMEMBERED, Sanction, decide, evolve
from ombud_detection.ruledata import BrokenRuleFile

pytestmark = pytest.mark.rule("R-04")

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SELLER = Ladder(
    id="seller",
    steps=("educate", "warn", "hold_all", "takeover"),
    decays_after_seconds=90 * 86_400,
    appeal_seconds=183 * 86_400,
)
BUYER = Ladder(
    id="buyer",
    steps=("explain", "educate", "warn", "hold_all"),
    decays_after_seconds=90 * 86_400,
    appeal_seconds=183 * 86_400,
)


def breach(number: int, at: datetime = NOON, told_at: datetime | None = None, ladder: Ladder = SELLER) -> RecordBreach:
    """The order to record a seller's breach in a case of its own."""
    kept = Breach(
        message_id=f"msg_{number}",
        case_id=f"cas_{number}",
        at=at,
        rules=("phone.plain",),
        event_id=f"cnv_cas_{number}:2",
    )
    return RecordBreach(
        sanction_id="snc_1", person_id="sel_1", role="seller", market="lv", ladder=ladder, breach=kept, at=told_at or at
    )


def play(*commands: Command) -> tuple[list[Event], Sanction]:
    state: Sanction | None = None
    told: list[Event] = []
    for command in commands:
        for event in decide(command, state):
            state = evolve(state, event)
            told.append(event)
    assert state is not None
    return told, state


def climbed(steps: int) -> list[Command]:
    return [breach(n, NOON + n * DAY) for n in range(1, steps + 1)]


LATER = NOON + 10 * DAY
TAKEN: list[Command] = climbed(4)
HELD: list[Command] = [*climbed(3), CountHeld("msg_9", NOON + 4 * DAY)]


@pytest.mark.parametrize(
    ("ladder", "told"),
    [
        (SELLER, ["educate", "warn", "hold_all", "takeover", "takeover"]),
        (BUYER, ["explain", "educate", "warn", "hold_all", "hold_all"]),
    ],
)
def test_each_breach_climbs_one_step_and_stays_on_the_last(ladder: Ladder, told: list[str]) -> None:
    events, _ = play(*(breach(n, NOON + n * DAY, ladder=ladder) for n in range(5)))
    assert [ladder.step(e.height) for e in events if isinstance(e, SanctionImposed)] == told


def test_the_shipped_ladders_end_a_buyers_with_moderation_and_a_sellers_with_a_takeover() -> None:
    seller, buyer = ladder_for("lv", "seller"), ladder_for("lv", "buyer")
    assert seller is not None
    assert seller.steps[-1] == "takeover"
    assert buyer is not None
    assert (buyer.steps[0], "takeover" in buyer.steps) == ("explain", False)
    assert ladder_for("lv", "agent") is None


def test_a_markets_own_ladder_wins() -> None:
    row = {"id": "x", "role": "seller", "steps": ["warn"], "decays_after_days": 1, "appeal_days": 2}
    assert ladders_from({"ladder": [row, {**row, "id": "y", "market": "de"}]})["de", "seller", "messages"].id == "y"
    own = ladders_from({"ladder": [row]})["any", "seller", "messages"]
    assert (own.decays_after_seconds, own.appeal_seconds) == (86_400, 2 * 86_400)
    for broken in ({"steps": []}, {"decays_after_days": 0}, {"appeal_days": 0}):
        with pytest.raises(BrokenRuleFile):
            ladders_from({"ladder": [{**row, **broken}]})


def test_nobodys_messages_wait_for_longer_than_a_sanction_can_be_appealed() -> None:
    """INVARIANT: would break if a market's ladder could outlive an appeal of whose end nobody is reminded (ADR 96)."""
    row = {
        "id": "x",
        "role": "seller",
        "decays_after_days": 30,
        "appeal_days": 60,
        "steps": ["warn", "hold_all", "takeover"],
    }
    assert ladders_from({"ladder": [row]})["any", "seller", "messages"].holds_for == 60 * DAY
    told_only = {**row, "steps": ["explain", "warn"], "appeal_days": 1}
    assert ladders_from({"ladder": [told_only]})["any", "seller", "messages"].holds_for == 0 * DAY
    with pytest.raises(BrokenRuleFile, match="x: messages may wait for longer"):
        ladders_from({"ladder": [{**row, "appeal_days": 59}]})


@pytest.mark.parametrize(
    ("days", "step"),
    [(89, "takeover"), (90, "hold_all"), (179, "hold_all"), (180, "warn"), (270, "educate"), (360, None)],
)
def test_a_person_steps_back_after_each_stretch_without_a_breach(days: int, step: str | None) -> None:
    _, state = play(*TAKEN)
    assert state.step_at(NOON + (4 + days) * DAY) == step


def test_a_stretch_may_be_shorter_than_a_day() -> None:
    _, state = play(breach(1, ladder=replace(SELLER, decays_after_seconds=3_600)))
    assert state.steps_back_at(NOON) == NOON + timedelta(hours=1)


def test_a_breach_begins_the_stretch_anew() -> None:
    _, state = play(breach(1), breach(2, NOON + 89 * DAY))
    assert state.step_at(NOON + (89 + 89) * DAY) == "warn"
    assert state.steps_back_at(NOON + 90 * DAY) == NOON + (89 + 90) * DAY


def test_stepping_back_is_told_once_and_withdraws_the_proposed_takeover() -> None:
    state = play(*TAKEN)[1]
    due = state.steps_back_at(LATER)
    assert due is not None
    events, after = play(*TAKEN, StepBack(due), StepBack(due))
    lifted = [e for e in events if isinstance(e, SanctionLifted)]
    assert [(e.cause, e.height, e.withdrawn_from) for e in lifted] == [("decayed", 3, ("cas_4",))]
    assert (after.holds_at(due), after.takeover_cases) == (True, ())


def test_a_breach_is_recorded_once() -> None:
    assert decide(breach(2), play(breach(1), breach(2))[1]) == []


def test_a_further_breach_on_the_last_step_asks_for_the_contact_of_its_own_case() -> None:
    events, state = play(*TAKEN, breach(7, LATER))
    assert state.takeover_cases == ("cas_4", "cas_7")
    assert {e.takeover_round for e in events if isinstance(e, SanctionImposed) and e.height == 4} == {1}


def test_coming_to_the_takeover_again_is_another_round() -> None:
    pardon = PardonBreaches(message_ids=("msg_2",), cause="reversed", reasons=("mistake",), at=LATER)
    _, state = play(*TAKEN, pardon, breach(8, LATER + DAY))
    assert (state.takeover_round, state.takeover_cases) == (2, ("cas_8",))


def test_a_pardon_that_lowers_the_step_delivers_what_waited_and_withdraws_the_takeover() -> None:
    events, state = play(
        *HELD,
        breach(4, NOON + 5 * DAY),
        PardonBreaches(message_ids=(), cause="reversed", reasons=("mistake",), at=LATER),
    )
    assert isinstance(events[-1], SanctionLifted)
    assert (events[-1].height, events[-1].releases, events[-1].withdrawn_from) == (0, True, ("cas_4",))
    assert (state.releasing, state.breaches, state.holds_at(LATER)) == (True, (), False)


def test_a_pardon_above_moderation_leaves_waiting_what_waits() -> None:
    events, _ = play(
        *HELD,
        breach(4, NOON + 5 * DAY),
        PardonBreaches(message_ids=("msg_4",), cause="reversed", reasons=("mistake",), at=LATER),
    )
    assert isinstance(events[-1], SanctionLifted)
    assert (events[-1].height, events[-1].releases) == (3, False)


def test_a_pardon_of_what_is_no_breach_changes_nothing() -> None:
    assert (
        decide(
            PardonBreaches(message_ids=("msg_none",), cause="message_released", reasons=(), at=LATER), play(*TAKEN)[1]
        )
        == []
    )


def test_waiting_messages_are_released_until_none_came_meanwhile() -> None:
    lifted = [*HELD, PardonBreaches(message_ids=(), cause="reversed", reasons=("mistake",), at=LATER)]
    assert play(*lifted, FinishRelease(0, LATER))[1].releasing
    assert not play(*lifted, FinishRelease(1, LATER))[1].releasing


def test_an_appeal_is_decided_once_and_not_made_again_for_the_same_breaches() -> None:
    appeal = AppealSanction(("mistake",), LATER)
    appealed = play(*TAKEN, appeal)[1]
    assert (appealed.appealed_at, decide(appeal, appealed)) == (LATER, [])
    upheld = play(*TAKEN, appeal, UpholdSanction(("confirmed",), LATER))[1]
    assert upheld.appealed_at is None
    with pytest.raises(NothingToAppeal):
        decide(appeal, upheld)
    assert play(*TAKEN, appeal, UpholdSanction(("confirmed",), LATER), breach(9, LATER), appeal)[1].appealed_at == LATER
    assert (
        play(*TAKEN, appeal, PardonBreaches(message_ids=(), cause="reversed", reasons=("mistake",), at=LATER))[
            1
        ].appealed_at
        is None
    )


@pytest.mark.parametrize(
    ("history", "command", "refusal"),
    [
        ([], StepBack(LATER), UnknownSanction),
        (TAKEN, UpholdSanction(("confirmed",), LATER), NothingAppealed),
        (TAKEN, AppealSanction(("mistake",), NOON + 190 * DAY), AppealTooLate),
    ],
)
def test_what_the_ladder_refuses(history: list[Command], command: Command, refusal: type[Refusal]) -> None:
    state = play(*history)[1] if history else None
    with pytest.raises(refusal):
        decide(command, state)


def test_more_breaches_than_are_remembered_count_on() -> None:
    many = [breach(n, NOON + n * timedelta(hours=1)) for n in range(REMEMBERED + 20)]
    _, state = play(*many)
    assert (len(state.breaches), state.step_at(LATER)) == (REMEMBERED, "takeover")
    assert [b.message_id for b in state.breaches] == [f"msg_{n}" for n in range(20, REMEMBERED + 20)]
    assert (
        play(*many, PardonBreaches(message_ids=(), cause="reversed", reasons=("mistake",), at=LATER))[1].step_at(LATER)
        is None
    )


def test_a_breach_that_is_no_longer_remembered_counted_once() -> None:
    close = [breach(1), breach(2, NOON + DAY)]
    apart = [breach(n, NOON + DAY + (n - 2) * 91 * DAY) for n in range(3, REMEMBERED + 10)]
    assert play(*close, *apart)[1].height == 2


hours = st.lists(st.integers(0, 24 * 400), min_size=1, max_size=12)
NOW = NOON + 401 * DAY


@given(hours, st.randoms())
@settings(max_examples=200, deadline=None)
def test_the_order_in_which_breaches_become_known_does_not_matter(hours: list[int], random: object) -> None:
    """INVARIANT: a moderator who decides late changes nothing; counting breaches as they come would break it."""
    known = [breach(n, NOON + timedelta(hours=h), NOW) for n, h in enumerate(hours)]
    shuffled = known[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = play(*known)[1], play(*shuffled)[1]
    assert (first.breaches, first.foothold) == (second.breaches, second.foothold)
    assert [first.step_at(NOW + n * 30 * DAY) for n in range(20)] == [
        second.step_at(NOW + n * 30 * DAY) for n in range(20)
    ]


@given(hours, st.data())
@settings(max_examples=200, deadline=None)
def test_a_reversal_restores_what_would_have_been_without_the_breach(hours: list[int], data: st.DataObject) -> None:
    """INVARIANT: nothing is left of a breach that was none; subtracting a step instead would break it."""
    known = [breach(n, NOON + timedelta(hours=h), NOW) for n, h in enumerate(hours)]
    gone = data.draw(st.sampled_from(known))
    rest = [c for c in known if c is not gone]
    pardoned = play(
        *known, PardonBreaches(message_ids=(gone.breach.message_id,), cause="reversed", reasons=("mistake",), at=NOW)
    )[1]
    if not rest:
        assert (pardoned.breaches, pardoned.height) == ((), 0)
        return
    without = play(*rest)[1]
    assert (pardoned.breaches, pardoned.foothold, pardoned.height) == (
        without.breaches,
        without.foothold,
        without.height,
    )


@given(hours)
@settings(max_examples=100, deadline=None)
def test_without_a_breach_nobody_climbs_and_all_come_down(hours: list[int]) -> None:
    state = play(*(breach(n, NOON + timedelta(hours=h), NOW) for n, h in enumerate(hours)))[1]
    heights = [state.height_at(NOW + n * DAY) for n in range(0, 400, 10)]
    assert all(a >= b for a, b in pairwise(heights))
    assert heights[-1] == 0
