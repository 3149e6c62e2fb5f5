"""A takeover: the decision that the platform owns a contact, with everything it rests on (section 4).

ELIGIBLE facts become PROPOSED, or ACTIVE at once; a proposal may be DECLINED, or LAPSE when nobody decides it, and its seller
may be WARNED once. ACTIVE ends HANDED_BACK or CONCLUDED. A takeover whose reason was withdrawn is REVERSED, also after it
ended: it counts as if it had not been (S-3). The seller may appeal what was decided, once for the decision and once for the
verdict (casework, section 6).
"""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from ombud_words import Appeal, AppealOutcome, NothingToAppeal, Role, appeals
from ticketing.takeovers.domain.commands import (
    ActivateTakeover,
    AppealTakeover,
    Command,
    ConcludeTakeover,
    DecideAppeal,
    DeclineTakeover,
    EndUnlock,
    HandBack,
    JudgeTakeover,
    LapseTakeover,
    NoteEligibility,
    ProposeTakeover,
    RequestUnlock,
    ReverseTakeover,
    WarnSeller,
)
from ticketing.takeovers.domain.events import (
    AppealDecided,
    Event,
    SellerWarned,
    TakeoverActivated,
    TakeoverAppealed,
    TakeoverConcluded,
    TakeoverDeclined,
    TakeoverFoundEligible,
    TakeoverHandedBack,
    TakeoverJudged,
    TakeoverLapsed,
    TakeoverProposed,
    TakeoverReversed,
    UnlockEnded,
    UnlockRequested,
)
from ticketing.takeovers.domain.refusals import (
    FactMissing,
    NoUnlockChance,
    OwnDecision,
    TakeoverAlreadyDecided,
    TakeoverAlreadyJudged,
    TakeoverNotDecided,
    UnknownTakeover,
    UnlockChanceRuns,
    VerdictNotAwaited,
)
from ticketing.takeovers.domain.state import NOT_USED, UNDECIDED, UNLOCKED, Status, Takeover, UnlockChance


def decide(command: Command, state: Takeover | None) -> list[Event]:
    """Return what happens. Raises a Refusal; a missing fact refuses the decision."""
    match command:
        case NoteEligibility():
            return [] if state else [TakeoverFoundEligible(command)]
        case ProposeTakeover():
            return [TakeoverProposed(command)] if state is None or state.status == Status.ELIGIBLE else []
        case ActivateTakeover():
            return _activate(command, state)
    if state is None:
        raise UnknownTakeover("there is no such takeover")
    match command:
        case WarnSeller(at):
            return [SellerWarned(at)] if state.status == Status.PROPOSED else []
        case DeclineTakeover(reason, declined_by, at):
            if state.status == Status.DECLINED:
                return []
            _expect(state, *UNDECIDED)
            return [TakeoverDeclined(reason, declined_by, at)]
        case LapseTakeover(at):
            return [TakeoverLapsed(at)] if state.status in (Status.PROPOSED, Status.WARNED) else []
        case HandBack(reason, decided_by, at):
            if state.status == Status.HANDED_BACK:
                return []
            _expect(state, Status.ACTIVE)
            return [*_unlock_unused(state, at), TakeoverHandedBack(reason, decided_by, at)]
        case ConcludeTakeover(at):
            return [*_unlock_unused(state, at), TakeoverConcluded(at)] if state.status == Status.ACTIVE else []
        case ReverseTakeover():
            return _reverse(command, state)
        case RequestUnlock(at):
            return _request_unlock(state, at)
        case EndUnlock():
            return _end_unlock(command, state)
        case JudgeTakeover():
            return _judge(command, state)
        case AppealTakeover():
            return _appeal(command, state)
        case DecideAppeal():
            return _decide_appeal(state, command)
        case _:
            assert_never(command)


def _activate(command: ActivateTakeover, state: Takeover | None) -> list[Event]:
    if state and state.status == Status.ACTIVE:
        return []
    if state:
        _expect(state, *UNDECIDED)
    if command.grounds.missing:
        raise FactMissing(command.grounds.missing)
    return [TakeoverActivated(command)]


def _reverse(c: ReverseTakeover, state: Takeover) -> list[Event]:
    if c.decider_id is not None and state.decision is None:
        raise TakeoverNotDecided("the takeover was not decided yet; decline the proposal instead")
    if c.decider_id is not None and c.decider_id in state.deciders:
        raise OwnDecision("you decided this takeover yourself; another supervisor can reverse it")
    if state.status in (Status.DECLINED, Status.LAPSED, Status.REVERSED):
        return []
    if state.status in UNDECIDED:
        return [TakeoverDeclined(c.reason, c.decided_by, c.at)]
    reversed_ = TakeoverReversed(
        reason=c.reason,
        withdrawn_by=c.withdrawn_by,
        contact_returned=state.status == Status.ACTIVE,
        decided_by=c.decided_by,
        at=c.at,
    )
    return [*_appeal_granted(c, state), *_unlock_unused(state, c.at), reversed_]


def _appeal(c: AppealTakeover, state: Takeover) -> list[Event]:
    decided = state.verdict or state.decision
    if decided is None or state.status == Status.REVERSED:
        raise NothingToAppeal("No decision about this takeover stands that could be looked at again.")
    appeal = Appeal(id=c.appeal_id, by=c.by, grounds=c.grounds, at=c.at)
    new = appeals.is_new(appeal, state.appeals, since=decided.at, until=decided.appeal_until)
    return [TakeoverAppealed(appeal)] if new else []


def _decide_appeal(state: Takeover, c: DecideAppeal) -> list[Event]:
    appeals.to_decide(state.appeals, c.reviewer_id, (*state.deciders, *state.reviewers))
    return [AppealDecided(c.outcome, c.reasons, c.decided_by, c.at, c.reviewer_id)]


def _appeal_granted(c: ReverseTakeover, state: Takeover) -> list[Event]:
    if appeals.waiting(state.appeals) is None:
        return []
    return [AppealDecided(AppealOutcome.REVERSED, (c.reason,), c.decided_by, c.at, c.decider_id)]


def _request_unlock(state: Takeover, at: datetime) -> list[Event]:
    """There is one chance: a second request changes nothing."""
    return [UnlockRequested(at)] if state.unlock is None and state.awaits_verdict else []


def _end_unlock(c: EndUnlock, state: Takeover) -> list[Event]:
    if state.unlock is not None and state.unlock.outcome == c.outcome:
        return []
    if not state.unlock_runs:
        if c.by == Role.SYSTEM:
            return []
        raise NoUnlockChance("no chance to unlock the device lasts")
    ended = UnlockEnded(c.outcome, c.by, c.at)
    return [ended, TakeoverHandedBack(UNLOCKED, c.by, c.at)] if c.outcome == UNLOCKED else [ended]


def _unlock_unused(state: Takeover, at: datetime) -> list[Event]:
    return [UnlockEnded(NOT_USED, Role.SYSTEM, at)] if state.unlock_runs else []


def _judge(c: JudgeTakeover, state: Takeover) -> list[Event]:
    """Against the seller a verdict needs its facts; for the seller it gives the contact back."""
    if state.verdict is not None:
        if state.verdict.confirmed == c.confirmed:
            return []
        raise TakeoverAlreadyJudged("somebody gave the verdict before; a supervisor can reverse the takeover")
    _expect(state, Status.ACTIVE)
    if not state.awaits_verdict:
        raise VerdictNotAwaited("this takeover was decided as a whole; no verdict is left to give")
    if state.unlock_runs:
        raise UnlockChanceRuns("the seller's chance to unlock the device lasts; its clock shows until when")
    if not c.confirmed:
        return [TakeoverJudged(c), TakeoverHandedBack(c.reason, c.decided_by, c.at)]
    missing = state.grounds.with_facts(c.facts).missing_for_verdict
    if missing:
        raise FactMissing(missing)
    return [TakeoverJudged(c)]


def _expect(state: Takeover, *statuses: Status) -> None:
    if state.status not in statuses:
        raise TakeoverAlreadyDecided(f"the takeover is {state.status.lower().replace('_', ' ')}")


def evolve(state: Takeover | None, event: Event) -> Takeover:
    """Return the state after a fact."""
    match event:
        case TakeoverFoundEligible(found):
            return _undecided(found, Status.ELIGIBLE, Role.SYSTEM)
        case TakeoverProposed(proposed):
            return replace(_undecided(proposed, Status.PROPOSED, proposed.proposed_by), costs=proposed.costs)
        case TakeoverActivated(decided):
            return _active_state(decided, state)
    assert state is not None, "a takeover is born eligible, proposed or active"
    match event:
        case SellerWarned():
            return replace(state, status=Status.WARNED)
        case UnlockRequested(at):
            return replace(state, unlock=UnlockChance(at))
        case UnlockEnded(outcome=outcome):
            assert state.unlock is not None, "a chance that ends was given"
            return replace(state, unlock=replace(state.unlock, outcome=outcome))
        case TakeoverJudged(judged):
            return replace(state, verdict=judged, grounds=state.grounds.with_facts(judged.facts))
        case TakeoverDeclined(reason, _, at):
            return replace(state, status=Status.DECLINED, ended_because=reason, ended_at=at)
        case TakeoverLapsed(at):
            return replace(state, status=Status.LAPSED, ended_because="nobody_decided", ended_at=at)
        case TakeoverHandedBack(reason, _, at):
            return replace(state, status=Status.HANDED_BACK, ended_because=reason, ended_at=at)
        case TakeoverConcluded(at):
            return replace(state, status=Status.CONCLUDED, ended_because="case_closed", ended_at=at)
        case TakeoverAppealed(appeal):
            return replace(state, appeals=(*state.appeals, appeal))
        case AppealDecided(outcome, reasons, _, at, reviewer_id):
            reviewers = state.reviewers if reviewer_id is None else (*state.reviewers, reviewer_id)
            looked_at = appeals.with_outcome(state.appeals, outcome, reasons, at)
            return replace(state, appeals=looked_at, reviewers=reviewers)
        case TakeoverReversed(reason=reason, at=at):
            return replace(state, status=Status.REVERSED, ended_because=reason, ended_at=at)
        case _:
            assert_never(event)


def _undecided(c: NoteEligibility | ProposeTakeover, status: Status, by: Role) -> Takeover:
    return Takeover(
        id=c.takeover_id, case_id=c.case_id, market=c.market, status=status, grounds=c.grounds, proposed_by=by, at=c.at
    )


def _active_state(decided: ActivateTakeover, before: Takeover | None) -> Takeover:
    return Takeover(
        id=decided.takeover_id,
        case_id=decided.case_id,
        market=decided.market,
        status=Status.ACTIVE,
        grounds=decided.grounds,
        proposed_by=before.proposed_by if before else decided.decided_by,
        at=decided.at,
        decision=decided,
        costs=decided.costs,
    )
