"""A complaint about a seller's conduct: filed, investigated, decided, and looked at again (casework, section 7). A review of a
seller whose goods were confirmed to be counterfeit is one that the system files (T5; section 3).

Nothing is found against a seller who was not heard, and whoever decided does not judge the appeal (S-4).
"""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from messaging.conduct.domain.commands import (
    AnswerAllegation,
    AppealConduct,
    CloseComplaint,
    Command,
    ConfirmedVerdict,
    ContinueHearing,
    DecideComplaint,
    DecideConductAppeal,
    EndHearing,
    ExtendReview,
    FileComplaint,
    NoteReviewer,
    TakeInvestigation,
    TakeVerdictBack,
    TellAccused,
)
from messaging.conduct.domain.events import (
    AccusedHeard,
    AccusedTold,
    ComplaintClosed,
    ComplaintDecided,
    ComplaintFiled,
    ConductAppealDecided,
    ConductAppealed,
    Event,
    HearingContinued,
    InvestigationBegun,
    ReviewerNoted,
    ReviewExtended,
    ReviewWithdrawn,
    VerdictTakenBack,
)
from messaging.conduct.domain.refusals import (
    AccusedNotHeard,
    AnsweredBefore,
    ComplaintBeingLookedInto,
    DecidedBefore,
    InvestigatedByAnother,
    NotAppealable,
    NothingToAnswer,
    NotInvestigated,
    UnknownComplaint,
)
from messaging.conduct.domain.state import DECIDED, UNDECIDED, Complaint, Decision, Hearing, Stage
from ombud_words import Appeal, AppealOutcome, ConductResult, PersonId, Role, TakeoverId
from ombud_words.appeals import is_new, to_decide, waiting, with_outcome

TAKEOVER_REVERSED = "takeover_reversed"
"""Why an appeal is granted whose review was taken back."""


def decide(command: Command, state: Complaint | None) -> list[Event]:
    """Return what happens. Raises a Refusal or an AppealRefused."""
    if isinstance(command, FileComplaint):
        if state is not None:
            raise ComplaintBeingLookedInto(state.id)
        return [ComplaintFiled(command)]
    if state is None:
        raise UnknownComplaint("there is no such complaint")
    match command:
        case ExtendReview(verdict, at):
            return [ReviewExtended(verdict, at)] if _takes(state, verdict) else []
        case TakeVerdictBack():
            return _take_back(state, command)
        case NoteReviewer(takeover_id, by, at):
            new = _rests_on(state, takeover_id) and by not in state.judges
            return [ReviewerNoted(by, at)] if new else []
        case TakeInvestigation():
            return _take(state, command)
        case TellAccused(by, at):
            _expect_investigator(state, by)
            return [AccusedTold(at)] if state.hearing is None else []
        case AnswerAllegation(at):
            return _answer(state, AccusedHeard(answered=True, at=at))
        case EndHearing(round, at):
            return [AccusedHeard(answered=False, at=at, round=round)] if _waits_for_answer(state, at) else []
        case ContinueHearing():
            return _continue_hearing(state, command)
        case DecideComplaint():
            return _come_to_a_result(state, command)
        case AppealConduct():
            return _appeal(state, command)
        case DecideConductAppeal():
            return _decide_appeal(state, command)
        case CloseComplaint(at):
            return [ComplaintClosed(at)] if _is_final(state, at) else []
        case _:
            assert_never(command)


def _takes(state: Complaint, verdict: ConfirmedVerdict) -> bool:
    """Whether a review takes a further verdict in: while it waits, and the seller was told of nothing that it adds to; not one
    of who investigates."""
    if not state.is_review or state.stage not in UNDECIDED or state.accused_knows:
        return False
    return not _rests_on(state, verdict.takeover_id) and state.investigator != verdict.judged_by


def _rests_on(state: Complaint, takeover_id: TakeoverId) -> bool:
    return any(verdict.takeover_id == takeover_id for verdict in state.rests_on)


def _take_back(state: Complaint, c: TakeVerdictBack) -> list[Event]:
    """One that rests on several stands while one of them does. An appeal that waits is granted with what it is about."""
    if not _rests_on(state, c.takeover_id):
        return []
    if len(state.rests_on) > 1:
        return [VerdictTakenBack(c.takeover_id, c.at)]
    withdrawn = ReviewWithdrawn(c.takeover_id, c.at)
    if waiting(state.appeals) is None:
        return [withdrawn]
    granted = ConductAppealDecided(AppealOutcome.REVERSED, (TAKEOVER_REVERSED,), PersonId(str(Role.SYSTEM)), c.at)
    return [granted, withdrawn]


def _take(state: Complaint, c: TakeInvestigation) -> list[Event]:
    if state.stage not in (Stage.FILED, Stage.INVESTIGATED):
        raise NotInvestigated("the complaint was decided")
    if state.investigator == c.by:
        return []
    if state.investigator is not None and not c.overrides:
        raise InvestigatedByAnother("somebody else investigates; a supervisor can take it over")
    if c.by in state.deciders:
        raise DecidedBefore("You decided in this matter before; somebody else investigates it.")
    return [InvestigationBegun(c.by, c.at)]


def _expect_investigator(state: Complaint, by: PersonId) -> None:
    if state.stage != Stage.INVESTIGATED:
        raise NotInvestigated("take the investigation first; a complaint that was decided is not investigated")
    if state.investigator != by:
        raise InvestigatedByAnother("somebody else investigates")


def _answer(state: Complaint, answered: AccusedHeard) -> list[Event]:
    """An answer that comes after its time is still heard, as long as nothing was decided."""
    if state.stage != Stage.INVESTIGATED or state.hearing is None:
        raise NothingToAnswer("nothing waits for an answer")
    if state.hearing.answered:
        raise AnsweredBefore("You answered before; your answer is looked at.")
    return [answered]


def _waits_for_answer(state: Complaint, at: datetime) -> bool:
    """Whether the time that was over at an instant can be that of this hearing; a clock may be heard late."""
    hearing = state.hearing
    return state.stage == Stage.INVESTIGATED and hearing is not None and not state.heard and hearing.told_at <= at


def _continue_hearing(state: Complaint, c: ContinueHearing) -> list[Event]:
    """Let the hearing go on that ended in this round of the clock. A person decides an appeal that waits."""
    hearing = state.hearing
    if hearing is None or not state.heard or hearing.answered or hearing.ended_in not in (None, c.round):
        return []
    if state.stage == Stage.INVESTIGATED:
        return [HearingContinued(finding_fell=False, at=c.at)]
    fell = state.stage == Stage.FOUND and state.found and waiting(state.appeals) is None
    return [HearingContinued(finding_fell=True, at=c.at)] if fell else []


def _is_final(state: Complaint, at: datetime) -> bool:
    """Whether at an instant nobody can appeal any more, and nobody did."""
    decided = state.decision is not None and state.decision.appeal_until <= at
    return decided and state.stage in DECIDED and waiting(state.appeals) is None


def _come_to_a_result(state: Complaint, c: DecideComplaint) -> list[Event]:
    _expect_investigator(state, c.by)
    if state.investigator in state.deciders:  # since the investigation was taken
        raise DecidedBefore("You decided about what this rests on; somebody else comes to a result.")
    if c.result == ConductResult.FOUND and not state.heard:
        raise AccusedNotHeard("tell the seller what is alleged, and wait for the answer or the end of the time for it")
    decision = Decision(
        id=c.decision_id, result=c.result, reasons=c.reasons, by=c.by, at=c.at, appeal_until=c.appeal_until
    )
    if state.is_review and c.result == ConductResult.NOT_FOUND:
        return [ComplaintDecided(decision), ComplaintClosed(c.at)]  # nobody complained who could appeal
    return [ComplaintDecided(decision)]


def _appeal(state: Complaint, c: AppealConduct) -> list[Event]:
    standing = state.decision if not state.reversed else None
    if standing is None or state.appeal_by != c.by:
        raise NotAppealable("there is no decision against you that stands")
    appeal = Appeal(id=c.appeal_id, by=c.by, grounds=c.grounds, at=c.at)
    new = is_new(appeal, state.appeals, since=standing.at, until=standing.appeal_until)
    if state.stage not in DECIDED:
        raise NotAppealable("the complaint is closed")
    return [ConductAppealed(appeal)] if new else []


def _decide_appeal(state: Complaint, c: DecideConductAppeal) -> list[Event]:
    to_decide(state.appeals, c.reviewer_id, {*state.investigators, *state.deciders})
    decided = ConductAppealDecided(c.outcome, c.reasons, c.reviewer_id, c.at)
    again = c.outcome == AppealOutcome.REVERSED and not state.found
    return [decided] if again else [decided, ComplaintClosed(c.at)]


def evolve(state: Complaint | None, event: Event) -> Complaint:
    """Return the state after a fact."""
    if isinstance(event, ComplaintFiled):
        return _born(event.filed)
    assert state is not None, "a complaint is born by ComplaintFiled"
    match event:
        case ReviewExtended(verdict, _):
            return replace(state, rests_on=(*state.rests_on, verdict))
        case VerdictTakenBack(takeover_id, _):
            return replace(state, rests_on=_without(state, takeover_id))
        case ReviewerNoted(by, _):
            return replace(state, judges=_with(state.judges, by))
        case ReviewWithdrawn(takeover_id, at):
            ended = replace(state, stage=Stage.CLOSED, closed_at=at, withdrawn=True)
            return replace(ended, rests_on=_without(state, takeover_id), reversed=state.decision is not None)
        case InvestigationBegun(by, _):
            investigators = _with(state.investigators, by)
            return replace(state, stage=Stage.INVESTIGATED, investigator=by, investigators=investigators)
        case AccusedTold(at):
            return replace(state, hearing=Hearing(told_at=at), accused_knows=True)
        case AccusedHeard(answered, at, round):
            assert state.hearing is not None, "only who was told is heard"
            hearing = replace(state.hearing, heard_at=state.hearing.heard_at or at, answered=answered, ended_in=round)
            return replace(state, hearing=hearing)
        case HearingContinued(finding_fell=True):
            return _investigated_again(state)
        case HearingContinued():
            assert state.hearing is not None, "what ended began"
            return replace(state, hearing=Hearing(state.hearing.told_at))
        case ComplaintDecided(decision):
            return _decided(state, decision)
        case ConductAppealed(appeal):
            return replace(state, appeals=(*state.appeals, appeal))
        case ConductAppealDecided():
            return _after_appeal(state, event)
        case ComplaintClosed(at):
            return replace(state, stage=Stage.CLOSED, closed_at=at)
        case _:
            assert_never(event)


def _born(c: FileComplaint) -> Complaint:
    return Complaint(
        id=c.complaint_id,
        case_id=c.case_id,
        market=c.market,
        buyer_id=c.buyer_id,
        seller_id=c.seller_id,
        grounds=c.grounds,
        filed_at=c.at,
        filed_by=c.filed_by,
        rests_on=c.rests_on,
    )


def _decided(state: Complaint, decision: Decision) -> Complaint:
    stage = Stage(decision.result)
    return replace(state, stage=stage, decision=decision, reversed=False, judges=_with(state.judges, decision.by))


def _after_appeal(state: Complaint, event: ConductAppealDecided) -> Complaint:
    after = replace(
        state,
        appeals=with_outcome(state.appeals, event.outcome, event.reasons, event.at),
        judges=_with(state.judges, event.reviewer_id),
    )
    if event.outcome != AppealOutcome.REVERSED:
        return after
    return replace(after, reversed=True) if state.found else _investigated_again(after)


def _investigated_again(state: Complaint) -> Complaint:
    """By somebody else, who tells the seller anew; what was decided counts as if it had not been."""
    return replace(state, reversed=True, stage=Stage.FILED, investigator=None, hearing=None)


def _without(state: Complaint, takeover_id: TakeoverId) -> tuple[ConfirmedVerdict, ...]:
    return tuple(verdict for verdict in state.rests_on if verdict.takeover_id != takeover_id)


def _with(people: tuple[PersonId, ...], another: PersonId) -> tuple[PersonId, ...]:
    return people if another in people else (*people, another)
