"""Draws docs/statement.png: the first page of a statement in Latvian, as the PDF of a seller's month looks."""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pypdfium2

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "services/billing/tests"))

from billing_situations import CHARGE, CONTEST, LATER, NOON, REVERSE, TERMS, UPHOLD  # noqa: E402

from billing.charges.domain import Charge, Command, SettleCharge  # noqa: E402
from billing.charges.store import CHARGES  # noqa: E402
from billing.ledger.store import entry_row  # noqa: E402
from billing.statements.paper import to_pdf  # noqa: E402
from billing.statements.views import StatementView, statement_of  # noqa: E402
from chassis.ids import derived_id  # noqa: E402
from chassis.testing import fold  # noqa: E402
from ombud_contracts.market import load_markets  # noqa: E402
from ombud_words import CaseId, ChargeId, DecisionId, RunId, vat_of  # noqa: E402

PICTURE = ROOT / "docs/statement.png"
_TAKEN = SettleCharge(RunId("run_2026_09_15"), LATER)
_PAID_BACK = SettleCharge(RunId("run_2026_09_29"), LATER + timedelta(days=14))
_CHARGES: list[tuple[str, str, int, list[Command]]] = [
    ("HANDLING_FEE", "S-4.1", 1_500, [_TAKEN]),
    ("REFUND", "S-5.1", 24_900, [_TAKEN]),
    ("RETURN_LABEL", "S-5.1", 690, [CONTEST]),
    ("INSPECTION", "S-4.2", 2_500, [CONTEST, UPHOLD, _TAKEN]),
    ("HANDLING_FEE", "S-4.3", 1_500, [_TAKEN, CONTEST, REVERSE, _PAID_BACK]),
    ("REPAIR", "S-5.1", 4_000, []),
]


def main() -> None:
    """Draw the picture anew."""
    page = pypdfium2.PdfDocument(to_pdf(_statement(), load_markets(), "lv", NOON))[0]
    page.render(scale=2).to_pil().convert("P", palette=1, colors=32).save(PICTURE, optimize=True)


def _statement() -> StatementView:
    charges = {c.terms.charge_id: c for c in map(_charge, range(len(_CHARGES)))}
    rows = []
    for charge in charges.values():
        for entry in filter(None, (charge.entry, charge.settlement, charge.reversal, charge.repayment)):
            row = entry_row(entry, market=charge.terms.market, case_id=charge.terms.case_id)
            rows.append({"_id": row.id, **row.document})
    rows.sort(key=lambda row: row["at"])
    return statement_of(TERMS.seller_id, "2026-09", rows, charges, {("lv", "EUR"): 1_815}, NOON)


def _charge(number: int) -> Charge:
    kind, clause, net, then = _CHARGES[number]
    points = 0 if kind == "REFUND" else 2_100
    terms = replace(
        TERMS,
        charge_id=ChargeId(derived_id("chg", str(number))),
        case_id=CaseId(derived_id("cas", str(number))),
        decision_id=DecisionId(derived_id("dec", str(number))),
        kind=kind,
        net_minor=net,
        vat_minor=vat_of(net, points),
        vat_basis_points=points,
        clause=clause,
        clause_version="2026.1",
    )
    state = fold(CHARGES, [replace(CHARGE, terms=terms, at=NOON - timedelta(days=number)), *then])[1]
    assert state is not None
    return state


if __name__ == "__main__":
    main()
