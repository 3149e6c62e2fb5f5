"""How routes meet a case or a dispute: by an id in the path, only who may do this in this matter, and in whose language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, NotVisible, Parties, authorize
from chassis.http import Id as IdText
from chassis.http import Who
from chassis.preconditions import Thing
from chassis.routes import provided
from disputes.cases.domain import KnownCase
from disputes.cases.store import known_case
from disputes.disputes.domain import Dispute
from disputes.disputes.store import DISPUTES
from disputes.disputes.views import DisputeView, dispute_view
from disputes.refusals import UnknownDispute
from ombud_contracts.market import Market
from ombud_contracts.texts import texts_for
from ombud_words import CaseId, DisputeId, OfferId

CaseInPath = Annotated[CaseId, *IdText.__metadata__]
DisputeInPath = Annotated[DisputeId, *IdText.__metadata__]
OfferInPath = Annotated[OfferId, *IdText.__metadata__]
A_DISPUTE = Thing.kept_as("dispute_id", DISPUTES)
Markets = Annotated[Mapping[str, Market], provided("markets")]
Language = Annotated[
    str | None, Query(pattern=r"^[a-z]{2}$", description="Of texts; otherwise the market's first language.")
]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a dispute, and in which language."""

    actor: Actor
    markets: Mapping[str, Market]
    language: str | None

    def view(self, dispute: Dispute) -> DisputeView:
        """Return the screen of a dispute for this reader."""
        return dispute_view(dispute, self.actor, self.clause_text(dispute))

    def clause_text(self, dispute: Dispute) -> str | None:
        """Return the text of the clause of a dispute's outcome; None where it is not in force in that version."""
        record, market = dispute.record, self.markets[dispute.opened.market]
        if record is None or record.clause_version != market.legal.version or record.clause not in market.legal.clauses:
            return None
        return texts_for(market, self.language).clause(record.clause, market.legal)


async def _reader(actor: Who, markets: Markets, language: Language = None) -> Reader:
    return Reader(actor, markets, language)


ReadBy = Annotated[Reader, Depends(_reader)]


async def case_for(unit: Unit, case_id: CaseId, actor: Actor, action: Action) -> KnownCase:
    """Return a case in which the actor may do this; it must still be so at commit. Raises NotVisible, Forbidden.

    While the contact is with the platform its seller is no party: what the seller led before is found by its own id alone.
    """
    case = await known_case(unit, case_id)
    if case is None or case.of_whom is None:
        raise NotVisible
    whose = case.of_whom
    seller_id = None if case.with_platform else whose.seller_id
    authorize(actor, action, Parties(whose.market, whose.buyer_id, seller_id))
    return case


async def dispute_for(unit: Unit, dispute_id: DisputeId, actor: Actor, action: Action) -> Dispute:
    """Return a dispute in which the actor may do this. Raises UnknownDispute, NotVisible, Forbidden."""
    dispute = await unit.read(DISPUTES, dispute_id)
    if dispute is None:
        raise UnknownDispute
    opened = dispute.opened
    authorize(actor, action, Parties(opened.market, opened.buyer_id, opened.seller_id))
    return dispute
