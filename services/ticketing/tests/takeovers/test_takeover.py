"""Section 4: a takeover is a decision record; a missing fact refuses it, and it is decided once."""

from dataclasses import replace
from typing import get_args

import pytest
from ticketing_situations import (
    ACTIVATE,
    BARE_GROUNDS,
    CONCLUDE,
    DECLINE,
    GIVE_BACK,
    GROUNDS,
    LATER,
    NOON,
    PROPOSE,
    REVERSE,
    TAKEOVER_LADDER,
    given,
    outcomes,
)

from ombud_words import Role
from ticketing.takeovers.domain import takeover
from ticketing.takeovers.domain.refusals import FactMissing, OwnDecision, TakeoverAlreadyDecided, TakeoverNotDecided
from ticketing.takeovers.domain.takeover import Status
from ticketing.takeovers.store import TAKEOVERS

COMMANDS: dict[str, takeover.Command] = {
    "propose": PROPOSE,
    "activate": ACTIVATE,
    "decline": DECLINE,
    "hand_back": GIVE_BACK,
    "conclude": CONCLUDE,
    "reverse": REVERSE,
}
DECIDED = "TakeoverAlreadyDecided"
# In the order of the ladder: nothing, proposed, active, active after a proposal, declined, handed back, concluded,
# reversed.
EXPECTED = {
    "propose": "TakeoverProposed - - - - - - -",
    "activate": f"TakeoverActivated TakeoverActivated - - {DECIDED} {DECIDED} {DECIDED} {DECIDED}",
    "decline": f"UnknownTakeover TakeoverDeclined {DECIDED} {DECIDED} - {DECIDED} {DECIDED} {DECIDED}",
    "hand_back": f"UnknownTakeover {DECIDED} TakeoverHandedBack TakeoverHandedBack {DECIDED} - {DECIDED} {DECIDED}",
    "conclude": "UnknownTakeover - TakeoverConcluded TakeoverConcluded - - - -",
    "reverse": "UnknownTakeover TakeoverDeclined TakeoverReversed TakeoverReversed - TakeoverReversed TakeoverReversed -",
}
PROPOSED = given(TAKEOVERS, PROPOSE)
ACTIVE = given(TAKEOVERS, ACTIVATE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_step_has_one_answer_in_every_situation(command: str) -> None:
    walk = outcomes(TAKEOVERS, TAKEOVER_LADDER, {command: COMMANDS[command]})
    assert [outcome.told for outcome in walk[command].values()] == EXPECTED[command].split()


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
    both = (takeover.Fact("dsp_1:2", ("evidence", "claim")), takeover.Fact("dsp_1:3", ("claim",)))
    assert replace(GROUNDS, facts=both).missing == ()
    assert replace(GROUNDS, facts=()).missing == GROUNDS.required


def test_a_proposal_needs_no_complete_facts_for_somebody_else_decides() -> None:
    bare = replace(PROPOSE, grounds=BARE_GROUNDS)
    given(TAKEOVERS).when(bare).then(
        takeover.TakeoverProposed(
            takeover_id="tko_1", case_id="cas_1", market="lv", grounds=BARE_GROUNDS, proposed_by=Role.SELLER, at=NOON
        ),
        status=Status.PROPOSED,
        decision=None,
    )


def test_a_decision_keeps_who_proposed_it_and_everything_it_rests_on() -> None:
    PROPOSED.when(ACTIVATE).then(
        takeover.TakeoverActivated(ACTIVATE), status=Status.ACTIVE, at=LATER, decision=ACTIVATE
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
