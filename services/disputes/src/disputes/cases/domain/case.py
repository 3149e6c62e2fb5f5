"""A case as disputes knows it: whose it is, whether the platform took the contact over, whether it is closed, and who of the
staff has judged in it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from disputes.refusals import NotACurrentStage, NotDisputable, NothingBought
from ombud_words import BuyerId, CaseId, LineId, Market, OrderId, SellerId, StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedCase:
    """What was told when the case was opened."""

    case_id: CaseId
    market: Market
    buyer_id: BuyerId
    seller_id: SellerId
    order_id: OrderId
    line_id: LineId
    reason: str
    number: str = ""
    """The number by which both sides name the case; empty when it was opened before disputes kept it."""

    @property
    def references(self) -> tuple[str, ...]:
        """The numbers that both sides know: of the case, its order and its line."""
        return tuple(number for number in (self.number, self.case_id, self.order_id, self.line_id) if number)


@dataclass(frozen=True, slots=True)
class NoteCase:
    opened: OpenedCase
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    """Whose question before buying a case is."""

    market: Market
    buyer_id: BuyerId
    seller_id: SellerId


@dataclass(frozen=True, slots=True)
class NoteEnquiry:
    enquiry: Enquiry
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteContact:
    """The platform has the contact with the buyer, or the seller has it."""

    taken_over: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteClosing:
    """The case was resolved, closed, or reopened."""

    closed: bool
    at: datetime
    resolved: bool = False


@dataclass(frozen=True, slots=True)
class NoteJudge:
    """A member of staff decided something in the case, or proposed how it ends."""

    judge_id: StaffId
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteMove:
    """The desk moved the contact to the platform, or to the seller."""

    with_platform: bool
    at: datetime


Command = NoteCase | NoteEnquiry | NoteContact | NoteClosing | NoteJudge | NoteMove


@dataclass(frozen=True, slots=True)
class CaseNoted:
    opened: OpenedCase
    at: datetime


@dataclass(frozen=True, slots=True)
class EnquiryNoted:
    enquiry: Enquiry
    at: datetime


@dataclass(frozen=True, slots=True)
class ContactNoted:
    taken_over: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ClosingNoted:
    closed: bool
    at: datetime
    resolved: bool = False


@dataclass(frozen=True, slots=True)
class JudgeNoted:
    judge_id: StaffId
    at: datetime


@dataclass(frozen=True, slots=True)
class MoveNoted:
    with_platform: bool
    at: datetime


Event = CaseNoted | EnquiryNoted | ContactNoted | ClosingNoted | JudgeNoted | MoveNoted


@dataclass(frozen=True, slots=True)
class KnownCase:
    opened: OpenedCase | None = None
    """None while another topic spoke of the case first."""
    taken_over: bool = False
    closed: bool = False
    resolved: bool = False
    """Nothing is owed in it any more, and nobody takes it over."""
    judges: tuple[StaffId, ...] = ()
    """Staff who decided a takeover or a dispute of the case, or proposed how one ends: they decide no dispute of it (S-4)."""
    with_platform: bool = False
    """The platform is the counterpart: the seller is not a party."""
    enquiry: Enquiry | None = None
    """Of a case that is a question before buying, in place of `opened`."""

    @property
    def of_whom(self) -> OpenedCase | Enquiry | None:
        """Return what says in which market and whose the case is; None while nobody told of its opening."""
        return self.opened or self.enquiry

    @property
    def seller_answers(self) -> bool:
        """Tell whether the seller answers, and is taken over if not."""
        return not (self.taken_over or self.resolved or self.closed or self.with_platform)

    def expect_bought(self) -> OpenedCase:
        """Return how the case about an order line was opened. Raises NothingBought for a question before buying."""
        if self.opened is None:
            raise NothingBought
        return self.opened

    def expect_with_seller(self) -> None:
        """Raise NotDisputable while the contact is between the buyer and the platform."""
        if self.with_platform:
            raise NotDisputable(
                "This contact is with the platform, which answers it. The desk can move it to the seller."
            )

    def expect_open(self) -> None:
        """Raise NotACurrentStage when nothing can be disputed in the case."""
        if self.closed:
            raise NotACurrentStage(
                "The case is closed. A message to the seller reopens it while the time for that lasts; after it, open a new case."
            )


def decide(command: Command, state: KnownCase | None) -> list[Event]:
    """Return what is new."""
    known = state or KnownCase()
    match command:
        case NoteCase(opened, at):
            return [] if known.opened == opened else [CaseNoted(opened, at)]
        case NoteEnquiry(enquiry, at):
            return [] if known.enquiry == enquiry else [EnquiryNoted(enquiry, at)]
        case NoteContact(taken_over, at):
            return [] if state is not None and known.taken_over == taken_over else [ContactNoted(taken_over, at)]
        case NoteClosing(closed, at, resolved):
            same = state is not None and (known.closed, known.resolved) == (closed, resolved)
            return [] if same else [ClosingNoted(closed, at, resolved)]
        case NoteJudge(judge_id, at):
            return [] if judge_id in known.judges else [JudgeNoted(judge_id, at)]
        case NoteMove(with_platform, at):
            return [] if known.with_platform == with_platform else [MoveNoted(with_platform, at)]
        case _:
            assert_never(command)


def evolve(state: KnownCase | None, event: Event) -> KnownCase:
    """Return what is known after it."""
    known = state or KnownCase()
    match event:
        case CaseNoted(opened, _):
            return replace(known, opened=opened)
        case EnquiryNoted(enquiry, _):
            return replace(known, enquiry=enquiry)
        case ContactNoted(taken_over, _):
            return replace(known, taken_over=taken_over)
        case ClosingNoted(closed, _, resolved):
            return replace(known, closed=closed, resolved=resolved)
        case JudgeNoted(judge_id, _):
            return replace(known, judges=(*known.judges, judge_id))
        case MoveNoted(with_platform, _):
            return replace(known, with_platform=with_platform)
        case _:
            assert_never(event)
