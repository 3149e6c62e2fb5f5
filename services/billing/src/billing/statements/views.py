"""A seller's monthly statement: a line for each ledger entry of the month, whose total is the ledger's (section 6)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from billing.charges.domain import Charge
from billing.charges.store import charges_of_statement
from billing.charges.views import ChargeView
from billing.ledger.domain import PAYOUTS, receivable
from billing.ledger.store import balances_before, entries_of_seller
from billing.payouts.views import HoldView
from billing.refunds.views import RefundView
from chassis.http import View
from chassis.store import Document, Figures, Reader
from ombud_contracts.market import Market
from ombud_words import CaseId, ChargeId, DecisionId, EntryId, RunId, SellerId

MAX_LINES = 30_000


class StatementTooLong(Exception):
    """The month has more entries than one statement holds."""


class StatementLine(View):
    """One charge, or its reversal."""

    entry_id: EntryId
    at: datetime
    charge_id: ChargeId
    case_id: CaseId
    market: str
    decision_id: DecisionId
    clause: str | None
    """What the decision rests on in the market's legal pack."""
    clause_version: str | None
    kind: str
    line: str
    reversal: bool
    currency: str
    net_minor: int
    vat_minor: int
    gross_minor: int
    """Negative for a reversal."""
    vat_basis_points: int
    tariff_version: str
    status: str
    """Of the charge, when the statement was drawn."""
    contest_until: datetime | None
    contest_days_left: int | None
    """Whole days until then, 0 when it has passed."""
    appeal_until: datetime | None
    appeal_days_left: int | None
    verdict_appeal_until: datetime | None
    """By when the seller may appeal that the charge was upheld; null while nobody upheld it."""
    verdict_appeal_days_left: int | None
    settled_by: RunId | None
    """The run of payouts that took the charge; None while none has."""


class SettlementLine(View):
    """A charge that a payout took, or paid back after it was reversed."""

    entry_id: EntryId
    at: datetime
    charge_id: ChargeId
    case_id: CaseId
    market: str
    run_id: RunId | None
    """The run of payouts."""
    repayment: bool
    currency: str
    amount_minor: int
    """What the seller owes more by it: negative for what was taken."""


class Balance(View):
    """What the seller owed in a market when the month began and when it ended."""

    market: str
    currency: str
    opening_minor: int
    charged_minor: int
    """What was charged in the month, less what was reversed."""
    settled_minor: int
    """What payouts took, as a negative amount, and what they paid back."""
    movement_minor: int
    closing_minor: int


class CurrencyTotal(View):
    """The sum of the lines and settlements in one currency; equal to the month's movement of the seller's account."""

    currency: str
    total_minor: int
    ledger_minor: int


class StatementView(View):
    """What a seller was charged in a month, which in each market lasts from its first midnight to the next month's."""

    seller_id: SellerId
    month: str
    lines: list[StatementLine]
    settlements: list[SettlementLine]
    totals: list[CurrencyTotal]
    balances: list[Balance]

    @property
    def markets(self) -> set[str]:
        """The markets that it tells of."""
        return {line.market for line in self.lines} | {balance.market for balance in self.balances}


class CaseMoneyView(View):
    """All money of a case."""

    case_id: CaseId
    charges: list[ChargeView]
    refunds: list[RefundView]
    holds: list[HoldView]
    """What disputes of the case keep back from the seller's payouts."""


async def draw(
    reader: Reader,
    figures: Figures,
    seller_id: SellerId,
    month: str,
    markets: Mapping[str, Market],
    now: datetime,
) -> StatementView:
    """Draw a statement of some markets from the ledger. Raises StatementTooLong."""
    entries = await entries_of_seller(reader, seller_id, month, markets, MAX_LINES + 1)
    if len(entries) > MAX_LINES:
        raise StatementTooLong(f"more than {MAX_LINES} entries in {month}")
    charges = await charges_of_statement(reader, {e["caused_by"] for e in entries})
    before = await balances_before(figures, seller_id, month, markets)
    return statement_of(seller_id, month, entries, charges, before, now)


def statement_of(
    seller_id: SellerId,
    month: str,
    entries: Sequence[Document],
    charges: Mapping[ChargeId, Charge],
    before: Mapping[tuple[str, str], int],
    now: datetime,
) -> StatementView:
    """Return the statement of these ledger entries on the seller's account, and of the charges that caused them.

    `before` is what was owed when the month began, by market and currency.
    """
    settling = [e for e in entries if PAYOUTS in e["accounts"]]
    lines = [_line(e, charges[e["caused_by"]], now) for e in entries if PAYOUTS not in e["accounts"]]
    settlements = [_settlement(e, charges[e["caused_by"]]) for e in settling]
    return StatementView(
        seller_id=seller_id,
        month=month,
        lines=lines,
        settlements=settlements,
        totals=_totals(seller_id, entries, lines, settlements),
        balances=_balances(lines, settlements, before),
    )


def _balances(
    lines: Sequence[StatementLine], settlements: Sequence[SettlementLine], before: Mapping[tuple[str, str], int]
) -> list[Balance]:
    charged: dict[tuple[str, str], int] = defaultdict(int)
    settled: dict[tuple[str, str], int] = defaultdict(int)
    for line in lines:
        charged[line.market, line.currency] += line.gross_minor
    for settlement in settlements:
        settled[settlement.market, settlement.currency] += settlement.amount_minor
    return [
        Balance(
            market=market,
            currency=currency,
            opening_minor=before.get((market, currency), 0),
            charged_minor=charged[market, currency],
            settled_minor=settled[market, currency],
            movement_minor=charged[market, currency] + settled[market, currency],
            closing_minor=before.get((market, currency), 0) + charged[market, currency] + settled[market, currency],
        )
        for market, currency in sorted({*before, *charged, *settled})
    ]


def _days_left(until: datetime | None, now: datetime) -> int | None:
    return None if until is None else max(0, (until - now) // timedelta(days=1))


def _line(entry: Document, charge: Charge, now: datetime) -> StatementLine:
    terms = charge.terms
    sign = -1 if entry["reverses"] else 1
    return StatementLine(
        entry_id=entry["_id"],
        at=entry["at"],
        charge_id=terms.charge_id,
        case_id=terms.case_id,
        market=terms.market,
        decision_id=terms.decision_id,
        clause=terms.clause,
        clause_version=terms.clause_version,
        kind=terms.kind,
        line=terms.line,
        reversal=sign < 0,
        currency=terms.currency,
        net_minor=sign * terms.net_minor,
        vat_minor=sign * terms.vat_minor,
        gross_minor=sign * terms.gross_minor,
        vat_basis_points=terms.vat_basis_points,
        tariff_version=terms.tariff_version,
        status=charge.status,
        contest_until=charge.contest_until,
        contest_days_left=_days_left(charge.contest_until, now),
        appeal_until=terms.appeal_until,
        appeal_days_left=_days_left(terms.appeal_until, now),
        verdict_appeal_until=charge.appeal_until,
        verdict_appeal_days_left=_days_left(charge.appeal_until, now),
        settled_by=charge.settled_by,
    )


def _settlement(entry: Document, charge: Charge) -> SettlementLine:
    repayment = entry["reverses"] is not None
    return SettlementLine(
        entry_id=entry["_id"],
        at=entry["at"],
        charge_id=charge.terms.charge_id,
        case_id=charge.terms.case_id,
        market=charge.terms.market,
        run_id=charge.repaid_by if repayment else charge.settled_by,
        repayment=repayment,
        currency=charge.terms.currency,
        amount_minor=charge.terms.gross_minor if repayment else -charge.terms.gross_minor,
    )


def _totals(
    seller_id: SellerId,
    entries: Sequence[Document],
    lines: Sequence[StatementLine],
    settlements: Sequence[SettlementLine],
) -> list[CurrencyTotal]:
    shown: dict[str, int] = defaultdict(int)
    booked: dict[str, int] = defaultdict(int)
    for line in lines:
        shown[line.currency] += line.gross_minor
    for settlement in settlements:
        shown[settlement.currency] += settlement.amount_minor
    for entry in entries:
        own = (p["amount_minor"] for p in entry["postings"] if p["account"] == receivable(seller_id))
        booked[entry["currency"]] += sum(own)
    return [
        CurrencyTotal(currency=currency, total_minor=shown[currency], ledger_minor=booked[currency])
        for currency in sorted(booked)
    ]
