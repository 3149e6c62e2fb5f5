"""Routes of disputes: a request becomes a command, its effect a view."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible, Parties, authorize
from chassis.http import Code, Id, KeyedCommand, RequestModel, Running, Runtime, View, Who, Whole
from chassis.ids import derived_id, new_id
from chassis.limits import Limited
from disputes.domain.dispute import Dispute
from disputes.domain.dispute_command import (
    AcceptOffer,
    Decide,
    DeclineOffer,
    Escalate,
    MakeOffer,
    OpenDispute,
    Rules,
    SubmitEvidence,
    Withdraw,
)
from disputes.domain.dispute_command import Command as DisputeCommand
from disputes.domain.refusals import CurrencyOfAnotherMarket, NotACurrentStage, UnknownDispute
from disputes.domain.remedy import Money
from disputes.evidence import MEDIA_TYPES, EvidenceStore
from disputes.processes import act, open_dispute
from disputes.store import (
    BoughtLine,
    KnownCase,
    disputes_of_case,
    find_bought_line,
    find_dispute,
    find_evidence_file,
    find_known_case,
)
from disputes.views import DisputeList, DisputeView, dispute_view
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Audience, Currency, Reason, ReasonFamily, Remedy, family_of

_FAST_TRACK = (Reason.LOCKED_DEVICE, Reason.COUNTERFEIT, Reason.UNSAFE)
_CLAUSE_OF_FAMILY = {
    ReasonFamily.DELIVERY: "S-5.2",
    ReasonFamily.WITHDRAWAL: "S-5.3",
}
_EVIDENCE_CHARACTERS = 960_000
"""Base64 of 720,000 bytes, which fits into the largest body that is read."""
Amount = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000), Whole]
_FILES: dict[int | str, dict[str, Any]] = {200: {"content": {kind: {} for kind in MEDIA_TYPES}}}


class OpenRequest(RequestModel):
    """A complaint."""

    reason: Reason
    remedy: Remedy
    """What the buyer asks for."""
    amount_minor: Amount = 0
    currency: Currency


class OfferRequest(RequestModel):
    """A proposal to settle."""

    remedy: Remedy
    amount_minor: Amount = 0
    currency: Currency
    expires_within_seconds: Annotated[int, Field(strict=True, ge=1, le=30 * 86_400), Whole] | None = None
    """At most what the market allows, which is also the default."""


class EvidenceRequest(RequestModel):
    """A file or statement in support of a side."""

    kind: Code
    """Such as `photo`, `imei_check`, `expert_notice`, `safety_report` or `statement`."""
    content_base64: Annotated[
        str,
        Field(min_length=1, max_length=_EVIDENCE_CHARACTERS, json_schema_extra={"contentEncoding": "base64"}),
    ]
    audience: Audience = Audience.THREAD


class DecisionRequest(RequestModel):
    """A mediator's decision."""

    remedy: Remedy
    amount_minor: Amount = 0
    currency: Currency
    clause: Annotated[str, Field(pattern=r"^[A-Z0-9.-]{1,32}$")]
    facts: Annotated[list[Id], Field(min_length=1, max_length=50)]
    reasons: Annotated[list[Code], Field(min_length=1, max_length=20)]


class Routes:
    """Disputes' routes, around the markets and the evidence they need."""

    def __init__(self, markets: Mapping[str, Market], evidence: EvidenceStore) -> None:
        self._markets = markets
        self._evidence = evidence

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["disputes"])
        self._add_opening(router)
        self._add_offers(router)
        self._add_evidence(router)
        self._add_mediation(router)
        return router

    async def _case(self, runtime: Runtime, case_id: str, actor: Actor, action: Action) -> KnownCase:
        case = await find_known_case(runtime.mongo, case_id)
        if case is None:
            raise NotVisible
        authorize(actor, action, Parties(case.market, case.buyer_id, case.seller_id))
        return case

    async def _dispute(self, runtime: Runtime, dispute_id: str, actor: Actor, action: Action) -> Dispute:
        dispute = await find_dispute(runtime.mongo, dispute_id)
        if dispute is None:
            raise UnknownDispute
        o = dispute.opened
        authorize(actor, action, Parties(o.market, o.buyer_id, o.seller_id))
        return dispute

    def _rules(self, market_id: str, at: datetime) -> Rules:
        legal = self._markets[market_id].legal
        return Rules(tuple(legal.clauses), legal.version, legal.remedies, at + timedelta(days=legal.appeal_days))

    def _add_opening(self, router: APIRouter) -> None:
        @router.post("/cases/{case_id}/disputes", status_code=201, response_model=DisputeView)
        async def open_a_dispute(
            case_id: Id, body: OpenRequest, actor: Who, work: KeyedCommand, runtime: Running
        ) -> Response:
            """Complain about the order line of a case."""
            case = await self._case(runtime, case_id, actor, Action.OPEN_DISPUTE)
            if case.closed:
                raise NotACurrentStage("the case is closed; a message to the seller reopens it")
            bought = await find_bought_line(runtime.mongo, case.order_id, case.line_id)
            if bought is None:
                raise NotVisible
            command = self._opening(case_id, case, bought, body, actor, runtime.now())

            async def effect(unit: Unit) -> View:
                await runtime.limits.use(Limited.DISPUTES, actor, command.at, unit, case_id)
                return dispute_view(await open_dispute(command, unit), actor)

            return await work.once(effect, on=case_id, status=201)

        @router.get("/cases/{case_id}/disputes")
        async def list_disputes(case_id: Id, actor: Who, runtime: Running) -> DisputeList:
            """List the disputes of a case."""
            await self._case(runtime, case_id, actor, Action.READ_DISPUTE)
            found = await disputes_of_case(runtime.mongo, case_id)
            return DisputeList(disputes=[dispute_view(d, actor) for d in found])

        @router.get("/disputes/{dispute_id}")
        async def get_dispute(dispute_id: Id, actor: Who, runtime: Running) -> DisputeView:
            """Show a dispute."""
            return dispute_view(await self._dispute(runtime, dispute_id, actor, Action.READ_DISPUTE), actor)

    def _opening(
        self, case_id: str, case: KnownCase, bought: BoughtLine, body: OpenRequest, actor: Actor, at: datetime
    ) -> OpenDispute:
        market = self._markets[case.market]
        _expect_currency(body.currency, bought.currency)
        tariff = market.tariff
        label = tariff.return_label_minor
        money = Money(
            paid_minor=bought.paid_minor,
            shipping_minor=bought.shipping_minor,
            currency=bought.currency,
            return_label_gross_minor=label + (label * tariff.vat_basis_points + 5_000) // 10_000,
        )
        return OpenDispute(
            dispute_id=new_id("dsp"),
            case_id=case_id,
            market=case.market,
            order_id=case.order_id,
            line_id=case.line_id,
            buyer_id=case.buyer_id,
            seller_id=case.seller_id,
            reason=body.reason,
            family=family_of(body.reason),
            claimed_remedy=body.remedy,
            claimed_minor=body.amount_minor,
            money=money,
            fast_track=body.reason in _FAST_TRACK or case.taken_over,
            taken_over=case.taken_over,
            lapses_at=at + timedelta(days=market.negotiation.escalation_days),
            opened_by=actor.role,
            at=at,
        )

    def _add_offers(self, router: APIRouter) -> None:
        @router.post("/disputes/{dispute_id}/offers", status_code=201, response_model=DisputeView)
        async def make_offer(
            dispute_id: Id, body: OfferRequest, actor: Who, work: KeyedCommand, runtime: Running
        ) -> Response:
            """Offer a settlement; a counter-offer is an offer of the other side."""
            dispute = await self._dispute(runtime, dispute_id, actor, Action.MAKE_OFFER)
            _expect_currency(body.currency, dispute.opened.money.currency)
            at = runtime.now()
            longest = self._markets[dispute.opened.market].negotiation.offer_seconds
            within = min(body.expires_within_seconds or longest, longest)
            command = MakeOffer(
                new_id("ofr"), actor.role, body.remedy, body.amount_minor, at + timedelta(seconds=within), at
            )

            async def effect(unit: Unit) -> View:
                await runtime.limits.use(Limited.OFFERS, actor, at, unit, dispute_id)
                return dispute_view(await act(dispute_id, command, at, unit), actor)

            return await work.once(effect, on=dispute_id, status=201)

        @router.post("/disputes/{dispute_id}/offers/{offer_id}/acceptance", response_model=DisputeView)
        async def accept_offer(
            dispute_id: Id, offer_id: Id, actor: Who, work: KeyedCommand, runtime: Running
        ) -> Response:
            """Accept the other side's offer; it settles the dispute."""
            dispute = await self._dispute(runtime, dispute_id, actor, Action.ANSWER_OFFER)
            at = runtime.now()
            clause = _CLAUSE_OF_FAMILY.get(ReasonFamily(dispute.opened.family), "S-5.1")
            rules = self._rules(dispute.opened.market, at)
            decision_id = derived_id("dec", dispute_id, offer_id)
            command = AcceptOffer(offer_id, actor.role, decision_id, rules, clause, at)
            return await self._acted(work, dispute_id, command, at, actor)

        @router.post("/disputes/{dispute_id}/offers/{offer_id}/refusal", response_model=DisputeView)
        async def decline_offer(
            dispute_id: Id, offer_id: Id, actor: Who, work: KeyedCommand, runtime: Running
        ) -> Response:
            """Refuse the other side's offer; the buyer may then escalate."""
            await self._dispute(runtime, dispute_id, actor, Action.ANSWER_OFFER)
            at = runtime.now()
            return await self._acted(work, dispute_id, DeclineOffer(offer_id, actor.role, at), at, actor)

    @staticmethod
    async def _acted(
        work: KeyedCommand, dispute_id: str, command: DisputeCommand, at: datetime, actor: Actor
    ) -> Response:
        async def effect(unit: Unit) -> View:
            return dispute_view(await act(dispute_id, command, at, unit), actor)

        return await work.once(effect, on=dispute_id)

    def _add_evidence(self, router: APIRouter) -> None:
        @router.post("/disputes/{dispute_id}/evidence", status_code=201, response_model=DisputeView)
        async def submit_evidence(
            dispute_id: Id, body: EvidenceRequest, actor: Who, work: KeyedCommand, runtime: Running
        ) -> Response:
            """Submit evidence. What it is, its content says; it is checked like a message and its files, and sealed."""
            dispute = await self._dispute(runtime, dispute_id, actor, Action.SUBMIT_EVIDENCE)
            content = _decoded(body.content_base64)
            at = runtime.now()
            submitted = await self._evidence.examined(body.kind, content, body.audience, actor, dispute, at)
            command = SubmitEvidence(
                evidence_id=new_id("evd"),
                kind=body.kind,
                sha256=submitted.sha256,
                size_bytes=len(submitted.content),
                by=actor.role,
                audience=body.audience,
                at=at,
            )
            file = {
                "dispute_id": dispute_id,
                "by": str(actor.role),
                "submitter_id": actor.id,
                "audience": str(body.audience),
            }

            async def effect(unit: Unit) -> View:
                await runtime.limits.use(Limited.EVIDENCE, actor, at, unit, dispute_id)
                state = await act(dispute_id, command, at, unit)
                self._evidence.keep(command.evidence_id, submitted, file, unit)
                return dispute_view(state, actor)

            return await work.once(effect, on=dispute_id, status=201)

        @router.get("/evidence/{evidence_id}/content", response_class=Response, responses=_FILES)
        async def get_evidence(evidence_id: Id, actor: Who, runtime: Running) -> Response:
            """Download a piece of evidence."""
            file = await find_evidence_file(runtime.mongo, evidence_id)
            if file is None:
                raise NotVisible
            await self._dispute(runtime, file["dispute_id"], actor, Action.READ_DISPUTE)
            if not actor.staff and file["audience"] != Audience.THREAD and file["by"] != actor.role:
                raise NotVisible
            content = await self._evidence.content(file)
            headers = {
                "Content-Disposition": f'attachment; filename="{evidence_id}"',
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "Cache-Control": "private, no-store",
            }
            return Response(content, media_type=file["media_type"], headers=headers)

    def _add_mediation(self, router: APIRouter) -> None:
        @router.post("/disputes/{dispute_id}/escalation", response_model=DisputeView)
        async def escalate(dispute_id: Id, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
            """Ask a mediator to decide."""
            await self._dispute(runtime, dispute_id, actor, Action.ESCALATE)
            at = runtime.now()
            return await self._acted(work, dispute_id, Escalate(actor.role, at), at, actor)

        @router.post("/disputes/{dispute_id}/decision", response_model=DisputeView)
        async def decide(
            dispute_id: Id, body: DecisionRequest, actor: Who, work: KeyedCommand, runtime: Running
        ) -> Response:
            """Decide a dispute: a coded remedy with its clause, facts and reasons."""
            dispute = await self._dispute(runtime, dispute_id, actor, Action.DECIDE_DISPUTE)
            _expect_currency(body.currency, dispute.opened.money.currency)
            at = runtime.now()
            command = Decide(
                decision_id=derived_id("dec", dispute_id, "decision"),
                remedy=body.remedy,
                amount_minor=body.amount_minor,
                clause=body.clause,
                facts=tuple(body.facts),
                reasons=tuple(body.reasons),
                rules=self._rules(dispute.opened.market, at),
                decided_by=actor.role,
                mediator_id=actor.id,
                at=at,
            )
            return await self._acted(work, dispute_id, command, at, actor)

        @router.post("/disputes/{dispute_id}/withdrawal", response_model=DisputeView)
        async def withdraw(dispute_id: Id, actor: Who, work: KeyedCommand, runtime: Running) -> Response:
            """Withdraw the complaint."""
            await self._dispute(runtime, dispute_id, actor, Action.WITHDRAW_DISPUTE)
            at = runtime.now()
            return await self._acted(work, dispute_id, Withdraw(at), at, actor)


def _expect_currency(given: str, expected: str) -> None:
    if given != expected:
        raise CurrencyOfAnotherMarket(f"amounts of this order are in {expected}")


class UnreadableContent(Exception):
    """The content is no base64."""


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableContent("send the file's content as base64") from None
