"""Section 4: a takeover is a decision record; a missing fact refuses it, and it is decided once."""

from dataclasses import replace
from typing import get_args

import pytest
from ticketing_situations import (
    ACTIVATE,
    ACTIVATE_AT_ONCE,
    APPEAL,
    ASK_UNLOCK,
    BARE_GROUNDS,
    CONCLUDE,
    CONFIRM,
    DECLINE,
    FEE,
    GIVE_BACK,
    GROUNDS,
    LAPSE,
    LATER,
    NOTE_ELIGIBLE,
    PROPOSE,
    REFUTE,
    REVERSE,
    SAY_LOCKED,
    SAY_UNLOCKED,
    TAKEOVER_LADDER,
    UPHOLD,
    WARN,
    given,
    outcomes,
)

from ombud_words import Role
from ticketing.takeovers.domain import events, takeover
from ticketing.takeovers.domain.grounds import Fact
from ticketing.takeovers.domain.refusals import FactMissing, OwnDecision, TakeoverAlreadyDecided, TakeoverNotDecided
from ticketing.takeovers.domain.state import Status, UnlockChance
from ticketing.takeovers.store import TAKEOVERS

COMMANDS: dict[str, takeover.Command] = {
    "note_eligible": NOTE_ELIGIBLE,
    "propose": PROPOSE,
    "warn": WARN,
    "activate": ACTIVATE,
    "ask_unlock": ASK_UNLOCK,
    "say_unlocked": SAY_UNLOCKED,
    "say_locked": SAY_LOCKED,
    "confirm": CONFIRM,
    "refute": REFUTE,
    "decline": DECLINE,
    "lapse": LAPSE,
    "hand_back": GIVE_BACK,
    "conclude": CONCLUDE,
    "reverse": REVERSE,
    "appeal": APPEAL,
    "uphold": UPHOLD,
}
SHORT = {
    "?": "UnknownTakeover",
    "d": "TakeoverAlreadyDecided",
    "n": "NoUnlockChance",
    "v": "VerdictNotAwaited",
    "u": "UnlockChanceRuns",
    "j": "TakeoverAlreadyJudged",
    "Back": "TakeoverHandedBack",
    "End": "TakeoverConcluded",
    "Rev": "TakeoverReversed",
    "Judged": "TakeoverJudged",
    "On": "TakeoverActivated",
    "No": "TakeoverDeclined",
    "t": "NothingToAppeal",
    "w": "NothingAppealed",
    "Filed": "TakeoverAppealed",
    "Done": "AppealDecided",
}
# In the order of the ladder: nothing, eligible, proposed, warned | active, active after a proposal, at once, unlocking,
# still locked, confirmed | declined, lapsed, handed back, concluded, reversed |
# appealed.
EXPECTED = {
    "note_eligible": "TakeoverFoundEligible - - -   - - - - - -   - - - - -   -",
    "propose": "TakeoverProposed TakeoverProposed - -   - - - - - -   - - - - -   -",
    "warn": "? - SellerWarned -   - - - - - -   - - - - -   -",
    "activate": "On On On On   - - - - - -   d d d d d   -",
    "ask_unlock": "? - - -   - - UnlockRequested - - -   - - - - -   -",
    "say_unlocked": "? n n n   n n n UnlockEnded+Back n n   n n n n n   n",
    "say_locked": "? n n n   n n n UnlockEnded - n   n n n n n   n",
    "confirm": "? d d d   v v Judged u Judged -   d d d d d   v",
    "refute": "? d d d   v v Judged+Back u Judged+Back j   d d d d d   v",
    "decline": "? No No No   d d d d d d   - d d d d   d",
    "lapse": "? - TakeoverLapsed TakeoverLapsed   - - - - - -   - - - - -   -",
    "hand_back": "? d d d   Back Back Back UnlockEnded+Back Back Back   d d - d d   Back",
    "conclude": "? - - -   End End End UnlockEnded+End End End   - - - - -   End",
    "reverse": "? No No No   Rev Rev Rev UnlockEnded+Rev Rev Rev   - - Rev Rev -   Done+Rev",
    "appeal": "? t t t   Filed Filed Filed Filed Filed Filed   t t Filed Filed t   -",
    "uphold": "? w w w   w w w w w w   w w w w w   Done",
}
PROPOSED = given(TAKEOVERS, PROPOSE)
ACTIVE = given(TAKEOVERS, ACTIVATE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_step_has_one_answer_in_every_situation(command: str) -> None:
    walk = outcomes(TAKEOVERS, TAKEOVER_LADDER, {command: COMMANDS[command]})
    told = [outcome.told for outcome in walk[command].values()]
    assert told == ["+".join(SHORT.get(word, word) for word in cell.split("+")) for cell in EXPECTED[command].split()]


def test_the_walk_takes_every_command_and_meets_every_event() -> None:
    walk = outcomes(TAKEOVERS, TAKEOVER_LADDER, COMMANDS)
    assert {type(c) for c in COMMANDS.values()} == set(get_args(takeover.Command))
    met = {type(event) for row in walk.values() for outcome in row.values() for event in outcome.events}
    assert met == set(get_args(takeover.Event))


def test_a_missing_fact_refuses_the_decision_and_names_what_is_missing() -> None:
    """INVARIANT: no takeover without its facts (section 4); a decision that skips the check would break it."""
    bare = replace(ACTIVATE, grounds=BARE_GROUNDS)
    for situation in (given(TAKEOVERS), PROPOSED):
        refusal = situation.when(bare).then_refused(FactMissing)
        assert refusal.facts == {"missing": ["evidence"]}


def test_one_event_may_show_several_facts_and_several_events_one() -> None:
    both = (Fact("dsp_1:2", ("evidence", "claim")), Fact("dsp_1:3", ("claim",)))
    assert replace(GROUNDS, facts=both).missing == ()
    assert replace(GROUNDS, facts=()).missing == GROUNDS.required


def test_a_proposal_needs_no_complete_facts_for_somebody_else_decides() -> None:
    bare = replace(PROPOSE, grounds=BARE_GROUNDS)
    given(TAKEOVERS).when(bare).then(
        takeover.TakeoverProposed(bare),
        status=Status.PROPOSED,
        grounds=BARE_GROUNDS,
        proposed_by=Role.SELLER,
        decision=None,
    )


def test_a_decision_keeps_who_proposed_it_and_everything_it_rests_on() -> None:
    PROPOSED.when(ACTIVATE).then(
        takeover.TakeoverActivated(ACTIVATE), status=Status.ACTIVE, at=LATER, decision=ACTIVATE, costs=(FEE,)
    )
    state = given(TAKEOVERS).when(ACTIVATE).then(takeover.TakeoverActivated(ACTIVATE), grounds=GROUNDS)
    assert state.proposed_by == "agent"


def test_a_declined_proposal_keeps_its_reason_and_stays_declined() -> None:
    PROPOSED.when(DECLINE).then(
        takeover.TakeoverDeclined("seller_answered", "agent", LATER),
        status=Status.DECLINED,
        ended_because="seller_answered",
        ended_at=LATER,
    )
    given(TAKEOVERS, PROPOSE, DECLINE).when(ACTIVATE).then_refused(TakeoverAlreadyDecided)


def test_a_hand_back_ends_the_takeover_for_a_reason() -> None:
    ACTIVE.when(GIVE_BACK).then(
        takeover.TakeoverHandedBack("seller_cooperates", "agent", LATER),
        status=Status.HANDED_BACK,
        ended_because="seller_cooperates",
        ended_at=LATER,
    )


def test_the_end_of_the_case_concludes_an_active_takeover_only() -> None:
    ACTIVE.when(CONCLUDE).then(
        takeover.TakeoverConcluded(LATER), status=Status.CONCLUDED, ended_because="case_closed", ended_at=LATER
    )
    PROPOSED.when(CONCLUDE).then_nothing()


@pytest.mark.rule("S-3")
@pytest.mark.parametrize(("ended", "contact_returned"), [(None, True), (GIVE_BACK, False), (CONCLUDE, False)])
def test_a_reversal_says_whether_it_gives_the_contact_back(
    ended: takeover.Command | None, contact_returned: bool
) -> None:
    """S-3: what the takeover cost is undone also after it ended; the contact went back then."""
    history = [ACTIVATE] if ended is None else [ACTIVATE, ended]
    given(TAKEOVERS, *history).when(REVERSE).then(
        takeover.TakeoverReversed(
            reason="breach_withdrawn",
            withdrawn_by="clk_1:6",
            contact_returned=contact_returned,
            decided_by=Role.SYSTEM,
            at=LATER,
        ),
        status=Status.REVERSED,
        ended_because="breach_withdrawn",
        ended_at=LATER,
    )


def test_a_proposal_whose_reason_was_withdrawn_is_declined_and_stays_so() -> None:
    PROPOSED.when(REVERSE).then(
        takeover.TakeoverDeclined("breach_withdrawn", "system", LATER),
        status=Status.DECLINED,
        ended_because="breach_withdrawn",
        ended_at=LATER,
    )
    given(TAKEOVERS, PROPOSE, REVERSE).when(ACTIVATE).then_refused(TakeoverAlreadyDecided)


@pytest.mark.rule("S-4")
def test_a_supervisor_reverses_what_another_decided_and_no_proposal() -> None:
    by_supervisor = replace(REVERSE, reason="fact_was_wrong", decided_by=Role.SUPERVISOR, decider_id="sup_1")
    own = replace(by_supervisor, decider_id="".join(("agt", "_1")))
    PROPOSED.when(by_supervisor).then_refused(TakeoverNotDecided)
    ACTIVE.when(own).then_refused(OwnDecision)
    assert [type(event) for event in ACTIVE.when(by_supervisor).events] == [takeover.TakeoverReversed]


@pytest.mark.rule("S-1")
def test_a_contact_that_is_taken_over_at_once_costs_nothing_before_a_verdict_against_the_seller() -> None:
    """INVARIANT: S-1; would break if a report alone charged the seller."""
    at_once = given(TAKEOVERS, ACTIVATE_AT_ONCE)
    active = at_once.when(ASK_UNLOCK).then(events.UnlockRequested(LATER), unlock=UnlockChance(LATER))
    assert (active.awaits_verdict, active.charges_made, active.costs) == (True, (), (FEE,))
    judged = at_once.when(CONFIRM).after
    assert judged is not None
    assert (judged.awaits_verdict, judged.charges_made) == (False, ("HANDLING_FEE",))
    assert CONFIRM.facts[0] in judged.grounds.facts
    refuted = at_once.when(REFUTE).after
    assert refuted is not None
    assert refuted.charges_made == ()
    assert (refuted.status, refuted.ended_because) == (Status.HANDED_BACK, "screen_lock_only")


def test_a_verdict_against_the_seller_needs_its_facts() -> None:
    bare = replace(CONFIRM, facts=())
    refusal = given(TAKEOVERS, ACTIVATE_AT_ONCE).when(bare).then_refused(FactMissing)
    assert refusal.facts == {"missing": ["confirmed_video"]}


def test_a_device_that_the_buyer_says_is_unlocked_gives_the_contact_back() -> None:
    given(TAKEOVERS, ACTIVATE_AT_ONCE, ASK_UNLOCK).when(SAY_UNLOCKED).then(
        events.UnlockEnded("unlocked", Role.BUYER, LATER),
        events.TakeoverHandedBack("unlocked", Role.BUYER, LATER),
        status=Status.HANDED_BACK,
        unlock=UnlockChance(LATER, "unlocked"),
        ended_because="unlocked",
        ended_at=LATER,
    )


@pytest.mark.rule("S-4")
def test_whoever_gave_the_verdict_does_not_reverse_it() -> None:
    own = replace(REVERSE, decided_by=Role.SUPERVISOR, decider_id="".join(("med", "_1")))
    given(TAKEOVERS, ACTIVATE_AT_ONCE, CONFIRM).when(own).then_refused(OwnDecision)
