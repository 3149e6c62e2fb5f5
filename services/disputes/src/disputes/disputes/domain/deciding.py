"""Deciding a dispute, and looking at a decision again on appeal (casework, sections 4 and 6)."""

from datetime import datetime

from disputes.disputes.domain.commands import AppealDecision, Decide, DecideAppeal
from disputes.disputes.domain.events import (
    AppealDecided,
    DecisionAppealed,
    DecisionTakenBack,
    DisputeDecided,
    Event,
    FindingMade,
    FindingWithdrawn,
    Record,
)
from disputes.disputes.domain.finding import expect_found_rightly
from disputes.disputes.domain.stages import expect_stage, with_execution
from disputes.disputes.domain.state import Dispute, Stage
from disputes.refusals import (
    AboveAuthority,
    EarlierJudge,
    EvidenceAwaited,
    GoodwillNotByAppeal,
    RefundOnItsWay,
    UnknownClause,
    UnknownFact,
)
from disputes.remedies.domain import check_order, waits_for_return, work_out
from ombud_words import (
    Appeal,
    AppealOutcome,
    DecisionId,
    NothingToAppeal,
    PersonId,
    Remedy,
    Role,
    StaffId,
    appeals,
)

BY_RULE = StaffId(PersonId(Role.SYSTEM))
"""Who decided where the market's rule did, and nobody of the staff."""
_FACT_WITHDRAWN = "fact_withdrawn"


def decide(state: Dispute, c: Decide) -> list[Event]:
    """Decide an escalated dispute. Raises a Refusal."""
    expect_stage(state, Stage.MEDIATION)
    if (asked := state.evidence_awaited) is not None:
        raise EvidenceAwaited(asked.id, asked.of, asked.kind)
    if c.mediator_id in c.judges:
        raise EarlierJudge("You decided or proposed something in this case before; somebody else decides this dispute.")
    record = _record(state, c)
    decided = DisputeDecided(record=record, decided_by=c.decided_by, mediator_id=c.mediator_id, at=c.at)
    return with_execution([decided, *_found(record, c)], record, c.at)


def _found(record: Record, c: Decide) -> list[Event]:
    if record.finding is None:
        return []
    made = FindingMade(
        finding=record.finding,
        decision_id=record.decision_id,
        found_by=c.decided_by,
        finder_id=c.mediator_id,
        appeal_until=record.appeal_until,
        at=c.at,
    )
    return [made]


def appeal(state: Dispute, c: AppealDecision) -> list[Event]:
    """Keep the appeal of a side; a repeat of one that waits changes nothing. Raises an AppealRefused."""
    if state.record is None or state.was_reversed:
        raise NothingToAppeal("No decision of this dispute stands that could be looked at again.")
    if state.was_agreed:
        raise NothingToAppeal("Both sides agreed to this outcome; only what the platform decides is appealed.")
    filed = Appeal(id=c.appeal_id, by=c.by, grounds=c.grounds, at=c.at)
    new = appeals.is_new(filed, state.appeals, since=state.decided_since, until=state.record.appeal_until)
    return [DecisionAppealed(filed)] if new else []


def judge_appeal(state: Dispute, c: DecideAppeal) -> list[Event]:
    """Decide the appeal that waits. What was given to the buyer stays the buyer's. Raises an AppealRefused or a Refusal."""
    appeals.to_decide(state.appeals, c.reviewer_id, c.judges)
    assert state.record is not None, "what is appealed was decided"
    record = _anew(state, state.record, c) if c.anew is not None else None
    decided = AppealDecided(
        decision_id=state.record.decision_id,
        outcome=c.outcome,
        reasons=c.reasons,
        record=record,
        decided_by=c.decided_by,
        reviewer_id=c.reviewer_id,
        at=c.at,
    )
    told: list[Event] = [decided, *_fallen(state.record, c)]
    if record is None or c.anew is None:
        return told
    return with_execution([*told, *_found(record, c.anew)], record, c.at)


def take_back(state: Dispute, fact: str, at: datetime) -> list[Event]:
    """Take back what the system decided by a fact that is none, and grant the appeal that waits (S-3). What a person decided by
    it stands until it is appealed."""
    record = state.record
    if record is None or state.decided_by != Role.SYSTEM or fact not in record.facts or state.was_reversed:
        return []
    granted = AppealDecided(
        decision_id=record.decision_id,
        outcome=AppealOutcome.REVERSED,
        reasons=(_FACT_WITHDRAWN,),
        record=None,
        decided_by=Role.SYSTEM,
        reviewer_id=BY_RULE,
        at=at,
    )
    waits = appeals.waiting(state.appeals) is not None
    return [*([granted] if waits else []), DecisionTakenBack(record.decision_id, fact, at)]


def _fallen(before: Record, c: DecideAppeal) -> list[Event]:
    """What was found falls with its decision, also where another one takes its place (S-3)."""
    if before.finding is None or c.outcome not in (AppealOutcome.REVERSED, AppealOutcome.AMENDED):
        return []
    return [FindingWithdrawn(before.finding, before.decision_id, c.at)]


def _anew(state: Dispute, before: Record, c: DecideAppeal) -> Record:
    assert c.anew is not None, "an amendment decides anew"
    if c.anew.remedy == Remedy.GOODWILL:
        raise GoodwillNotByAppeal("The platform's own money is given in the case, not by an appeal.")
    if before.outcome.refund_minor and state.stage != Stage.CLOSED:
        raise RefundOnItsWay(
            "The refund of the decision is on its way; amend the decision when it is paid or given up."
        )
    return _record(state, c.anew, c.given_minor, (before.decision_id, *before.replaces))


def _record(state: Dispute, c: Decide, given_minor: int = 0, replaces: tuple[DecisionId, ...] = ()) -> Record:
    if c.clause not in c.rules.clauses:
        raise UnknownClause("the clause is not in the market's legal pack")
    submitted = (e.evidence_id for e in state.evidence)
    known = {"claim", "listing_snapshot", *state.shown, *submitted, *(o.id for o in state.offers)}
    if not c.facts or not set(c.facts) <= known:
        raise UnknownFact("name evidence, offers, `claim` or `listing_snapshot` of this dispute as facts, at least one")
    check_order(c.remedy, state.opened.family, c.reasons, c.rules.legal_order)
    outcome = work_out(c.remedy, c.amount_minor, state.opened.money, c.left_minor + given_minor)
    if c.rules.decides_up_to_minor is not None and outcome.moved_minor > c.rules.decides_up_to_minor:
        raise AboveAuthority(c.rules.decides_up_to_minor)
    if c.finding is not None:
        expect_found_rightly(state, c, c.finding)
    return Record(
        decision_id=c.decision_id,
        outcome=outcome,
        clause=c.clause,
        clause_version=c.rules.clause_version,
        facts=c.facts,
        reasons=c.reasons,
        appeal_until=c.rules.appeal_until,
        given_minor=given_minor,
        replaces=replaces,
        finding=c.finding,
        by_return=waits_for_return(outcome, given_minor),
    )
