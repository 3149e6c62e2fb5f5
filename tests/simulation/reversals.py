"""What must be so after a reversal and a run of payouts: all is as if it had not been, each step once (S-3, R-10)."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from told import Told

from billing.charges.domain import Charge, Status
from billing.ledger.domain import PAYOUTS
from billing.ledger.store import LEDGER
from ombud_contracts.events import billing, payouts

GONE = (Status.REVERSED, Status.WITHDRAWN, Status.RELEASED)
_STEPS_OF_A_CHARGE = (
    billing.ChargePosted,
    billing.ChargeReversed,
    billing.ChargeSettled,
    billing.ChargeRepaid,
)


def undone_in_part_or_twice(told: Told) -> Iterator[str]:
    """After a reversal all is as if it had not been, each step once: the ledger, the room under the cap, and payouts."""
    steps = Counter((type(e).__name__, e.charge_id) for kind in _STEPS_OF_A_CHARGE for e in told.of(kind))
    yield from (f"{charge_id} had {n} of {name}" for (name, charge_id), n in steps.items() if n > 1)
    decided = Counter(e.appeal_id for e in told.of(billing.ChargeAppealDecided))
    yield from (f"{appeal_id} was decided {n} times" for appeal_id, n in decided.items() if n > 1)
    charges = {c.terms.charge_id: c for c in told.charges}
    balances = _balances_by_charge(told)
    for charge_id, charge in charges.items():
        if charge.status in GONE and any(balances[charge_id].values()):
            yield f"{charge_id} is {charge.status.lower()} and left {dict(balances[charge_id])}"
        if charge.replaced_by is not None and _gross_of(charges.get(charge.replaced_by)) >= charge.terms.gross_minor:
            yield f"{charge.replaced_by} is not less than {charge_id}, which it took the place of"
    for exposure in told.world.nodes["billing"].store.documents("exposures"):
        for part in exposure["state"]["charges"]:
            holder = charges.get(part["id"])
            if holder is not None and holder.status in GONE and part["minor"]:
                yield f"{part['id']} is {holder.status.lower()} and keeps its room under the cap"


def _balances_by_charge(told: Told) -> dict[str, Counter[str]]:
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in told.world.nodes["billing"].store.rows.get(LEDGER, {}).values():
        for posting in entry["postings"]:
            sums[entry["caused_by"]][posting["account"]] += posting["amount_minor"]
    return sums


def _gross_of(charge: Charge | None) -> int:
    return charge.terms.gross_minor if charge is not None else 1_000_000_000


def payouts_that_do_not_add_up(told: Told) -> Iterator[str]:
    """What runs took, less what they paid back, is what payouts have; nothing contested or appealed was taken meanwhile."""
    runs = told.of(payouts.PayoutAdvanced)
    taken = sum(run.taken_minor - run.repaid_minor for run in runs)
    booked = sum(sums[PAYOUTS] for sums in _balances_by_charge(told).values())
    if taken != booked:
        yield f"runs took {taken}, and the ledger says {booked}"
    disputed: dict[str, str] = {}
    for event in (r.event for r in told.received):
        match event:
            case billing.ChargeContested() | billing.ChargeAppealed():
                disputed[event.charge_id] = type(event).__name__
            case billing.ChargeUpheld() | billing.ChargeAppealDecided() | billing.ChargeReversed():
                disputed.pop(event.charge_id, None)
            case billing.ChargeSettled() if event.charge_id in disputed:
                yield f"{event.charge_id} was taken after {disputed[event.charge_id]}"
            case _:
                pass
