"""Conduct over HTTP: complaints are filed, investigated, answered, decided and appealed; and where a seller stands."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from chassis.aggregate import Unit
from chassis.appeals import AppealRequest, Codes
from chassis.auth import (
    ALLOWED,
    Action,
    Actor,
    NotVisible,
    Parties,
    authorize,
    authorize_role,
    readable_markets,
)
from chassis.http import IdForm, RequestModel, Text, Who
from chassis.ids import derived_id, new_id
from chassis.preconditions import Thing, versioned
from chassis.routes import KeyedUnit, ReadUnit, WriteUnit, provided, routes
from messaging.conduct.domain import (
    AnswerAllegation,
    AppealConduct,
    Complaint,
    DecideComplaint,
    DecideConductAppeal,
    TakeInvestigation,
    TellAccused,
    UnknownComplaint,
)
from messaging.conduct.filing import file_complaint
from messaging.conduct.finding import conduct_ladder, note_finding
from messaging.conduct.store import (
    COMPLAINTS,
    claim_standings_of,
    complaints_of_case,
    complaints_that_wait,
    standings_of,
)
from messaging.conduct.texts import Texts, Written
from messaging.conduct.views import (
    ClaimStandings,
    ComplaintList,
    ComplaintView,
    ConductStandings,
    ReadComplaintList,
    ReadComplaintView,
    claim_standing_view,
    complaint_view,
    read_complaint_view,
    standing_view,
)
from messaging.conversations.access import conversation_for
from messaging.conversations.parameters import BuyerParam, CaseParam, MarketId, Markets, PageSize, SellerParam
from ombud_words import AppealId, AppealOutcome, ComplaintId, ConductGround, ConductResult, DecisionId

router = routes("conduct")
ComplaintParam = Annotated[ComplaintId, IdForm]
ConductTexts = Annotated[Texts, provided("conduct_texts")]
A_COMPLAINT = Thing.kept_as("complaint_id", COMPLAINTS)
_OVERRIDES = ALLOWED[Action.DECIDE_CONDUCT_APPEAL]


class ComplaintRequest(RequestModel):
    """What the seller did, by one or more grounds, and what happened in the buyer's own words."""

    grounds: Annotated[list[ConductGround], Field(min_length=1, max_length=len(ConductGround))]
    statement: Text


class TellingRequest(RequestModel):
    """What the seller is told of what is alleged; the buyer's own words are not passed on."""

    allegation: Text


class AnswerRequest(RequestModel):
    """What the seller says to what is alleged."""

    answer: Text


class ConductDecisionRequest(RequestModel):
    """What the investigation came to, and why, as codes."""

    result: ConductResult
    reasons: Codes


class ConductAppealDecisionRequest(RequestModel):
    """What becomes of an appeal, and why, as codes."""

    outcome: Literal["INADMISSIBLE", "UPHELD", "REVERSED"]
    reasons: Codes


def _parties(complaint: Complaint) -> Parties:
    """Whose matter a complaint is: the seller's only since the seller was told, and a review never the buyer's."""
    seller_id = complaint.seller_id if complaint.accused_knows else None
    return Parties(complaint.market, None if complaint.is_review else complaint.buyer_id, seller_id)


async def _complaint_for(unit: Unit, id: ComplaintId, actor: Actor, action: Action) -> Complaint:
    complaint = await unit.read(COMPLAINTS, id)
    if complaint is None:
        raise UnknownComplaint
    authorize(actor, action, _parties(complaint))
    return complaint


def _sees(actor: Actor, complaint: Complaint) -> bool:
    try:
        authorize(actor, Action.READ_COMPLAINT, _parties(complaint))
    except NotVisible:
        return False
    return True


async def _read(complaint: Complaint, actor: Actor, texts: Texts, unit: Unit) -> ReadComplaintView:
    return read_complaint_view(complaint, actor, await texts.shown_to(actor, complaint.id, unit))


@router.post("/conversations/{case_id}/conduct-complaints", status_code=201)
async def complain(
    case_id: CaseParam, body: ComplaintRequest, actor: Who, unit: KeyedUnit, texts: ConductTexts
) -> ComplaintView:
    """Complain, as its buyer, about how the seller of a case behaved: until 12 months after the case was closed, and not while
    an earlier complaint is undecided. The seller hears nothing of it before the investigator decides so."""
    conversation = await conversation_for(unit, case_id, actor, Action.FILE_COMPLAINT)
    complaint = await file_complaint(conversation, tuple(dict.fromkeys(body.grounds)), unit)
    await texts.keep(complaint, Written.STATEMENT, body.statement, actor, unit)
    return complaint_view(complaint, actor)


@router.get("/conversations/{case_id}/conduct-complaints")
async def list_complaints(case_id: CaseParam, actor: Who, unit: ReadUnit, texts: ConductTexts) -> ReadComplaintList:
    """List the complaints in a case that the reader may see: also to a seller who is no party of the case any more."""
    seen = [c for c in await complaints_of_case(unit, case_id) if _sees(actor, c)]
    if not seen:
        await conversation_for(unit, case_id, actor, Action.READ_COMPLAINT)
    return ReadComplaintList(complaints=[await _read(c, actor, texts, unit) for c in seen])


@router.get("/conduct-complaints/{complaint_id}")
@versioned(A_COMPLAINT)
async def get_complaint(
    complaint_id: ComplaintParam, actor: Who, unit: ReadUnit, texts: ConductTexts
) -> ReadComplaintView:
    """Show a complaint: to the buyer, to staff of the market, and to the seller once the seller was told."""
    return await _read(await _complaint_for(unit, complaint_id, actor, Action.READ_COMPLAINT), actor, texts, unit)


@router.get("/moderation/conduct-complaints")
async def list_waiting(
    actor: Who, unit: ReadUnit, markets: Markets, market: MarketId = None, limit: PageSize = 30
) -> ComplaintList:
    """List complaints and reviews that wait for a result or for the decision of an appeal, the oldest first, without their
    texts."""
    readable = readable_markets(actor, Action.INVESTIGATE_COMPLAINT, market, markets)
    found = await complaints_that_wait(unit, readable, limit)
    return ComplaintList(complaints=[complaint_view(c, actor) for c in found])


@router.post("/conduct-complaints/{complaint_id}/investigation")
@versioned(A_COMPLAINT)
async def investigate(complaint_id: ComplaintParam, actor: Who, unit: WriteUnit) -> ComplaintView:
    """Take the investigation, as somebody who did not decide in the complaint before; a supervisor may take it over."""
    await _complaint_for(unit, complaint_id, actor, Action.INVESTIGATE_COMPLAINT)
    command = TakeInvestigation(by=actor.id, overrides=actor.role in _OVERRIDES, at=unit.now)
    return complaint_view(await unit.execute(COMPLAINTS, complaint_id, command), actor)


@router.post("/conduct-complaints/{complaint_id}/telling")
@versioned(A_COMPLAINT)
async def tell_accused(
    complaint_id: ComplaintParam, body: TellingRequest, actor: Who, unit: KeyedUnit, texts: ConductTexts
) -> ComplaintView:
    """Tell the seller, as the investigator, what is alleged: from now on the seller sees the complaint and can answer. It is told
    once in an investigation."""
    before = await _complaint_for(unit, complaint_id, actor, Action.INVESTIGATE_COMPLAINT)
    after = await unit.execute(COMPLAINTS, complaint_id, TellAccused(actor.id, unit.now))
    if after != before:
        await texts.keep(after, Written.ALLEGATION, body.allegation, actor, unit)
    return complaint_view(after, actor)


@router.post("/conduct-complaints/{complaint_id}/answer")
@versioned(A_COMPLAINT)
async def answer(
    complaint_id: ComplaintParam, body: AnswerRequest, actor: Who, unit: KeyedUnit, texts: ConductTexts
) -> ComplaintView:
    """Answer, as the seller, what is alleged: once in an investigation, and after the time for it as long as nothing is decided."""
    await _complaint_for(unit, complaint_id, actor, Action.ANSWER_COMPLAINT)
    after = await unit.execute(COMPLAINTS, complaint_id, AnswerAllegation(unit.now))
    await texts.keep(after, Written.ANSWER, body.answer, actor, unit)
    return complaint_view(after, actor)


@router.post("/conduct-complaints/{complaint_id}/decision")
@versioned(A_COMPLAINT)
async def decide_complaint(
    complaint_id: ComplaintParam, body: ConductDecisionRequest, actor: Who, unit: KeyedUnit
) -> ComplaintView:
    """Come to a result, as the investigator. Nothing is found against a seller who was not heard; a finding is one step of the
    seller's ladder of conduct."""
    before = await _complaint_for(unit, complaint_id, actor, Action.INVESTIGATE_COMPLAINT)
    within = timedelta(seconds=conduct_ladder(before.market).appeal_seconds)
    command = DecideComplaint(
        decision_id=DecisionId(derived_id("dec", complaint_id, str(len(before.judges)))),  # each comes to one result
        by=actor.id,
        result=body.result,
        reasons=tuple(body.reasons),
        appeal_until=unit.now + within,
        at=unit.now,
    )
    after = await unit.execute(COMPLAINTS, complaint_id, command)
    await note_finding(before, after, unit)
    return complaint_view(after, actor)


@router.post("/conduct-complaints/{complaint_id}/appeals")
@versioned(A_COMPLAINT)
async def appeal(complaint_id: ComplaintParam, body: AppealRequest, actor: Who, unit: KeyedUnit) -> ComplaintView:
    """Ask, as the side against which it was decided, that somebody else look at it again: once, until the instant that the
    decision names."""
    await _complaint_for(unit, complaint_id, actor, Action.APPEAL_COMPLAINT)
    command = AppealConduct(appeal_id=AppealId(new_id("apl")), by=actor.role, grounds=tuple(body.grounds), at=unit.now)
    return complaint_view(await unit.execute(COMPLAINTS, complaint_id, command), actor)


@router.post("/conduct-complaints/{complaint_id}/appeals/decision")
@versioned(A_COMPLAINT)
async def decide_appeal(
    complaint_id: ComplaintParam, body: ConductAppealDecisionRequest, actor: Who, unit: KeyedUnit
) -> ComplaintView:
    """Decide the appeal that waits, as somebody who neither investigated nor decided before. A finding that is reversed counts
    nowhere; a complaint in which nothing had been found is investigated again."""
    before = await _complaint_for(unit, complaint_id, actor, Action.DECIDE_CONDUCT_APPEAL)
    command = DecideConductAppeal(
        outcome=AppealOutcome(body.outcome), reasons=tuple(body.reasons), reviewer_id=actor.id, at=unit.now
    )
    after = await unit.execute(COMPLAINTS, complaint_id, command)
    await note_finding(before, after, unit)
    return complaint_view(after, actor)


@router.get("/conduct-standings/{seller_id}")
async def get_standings(seller_id: SellerParam, actor: Who, unit: ReadUnit) -> ConductStandings:
    """Show what findings have led to for a seller, market by market: to the seller, and to the staff of the market."""
    authorize_role(actor, Action.READ_CONDUCT_STANDING)
    if not actor.staff and actor.id != seller_id:
        raise NotVisible
    found = await standings_of(unit, seller_id)
    seen = [s for s in found if not actor.staff or actor.markets is None or s.market in actor.markets]
    if not seen and actor.staff:
        raise NotVisible
    return ConductStandings(standings=[standing_view(s, unit.now) for s in seen])


@router.get("/claim-standings/{buyer_id}")
async def get_claim_standings(buyer_id: BuyerParam, actor: Who, unit: ReadUnit) -> ClaimStandings:
    """Show what knowingly unfounded claims have led to for a buyer, market by market: to the buyer, and to the staff of the
    market. A refused claim alone leads to nothing."""
    authorize_role(actor, Action.READ_CLAIM_STANDING)
    if not actor.staff and actor.id != buyer_id:
        raise NotVisible
    found = await claim_standings_of(unit, buyer_id)
    seen = [s for s in found if not actor.staff or actor.markets is None or s.market in actor.markets]
    if not seen and actor.staff:
        raise NotVisible
    return ClaimStandings(standings=[claim_standing_view(s, unit.now) for s in seen])
