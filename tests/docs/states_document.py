"""Writes docs/states.md: the states of each aggregate, found by giving every command of its tests in every state."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [
    str(ROOT / "services" / service / "tests") for service in ("ticketing", "billing", "messaging", "disputes")
]

import billing_situations as money  # noqa: E402  # the tests' commands, which stand beside each service
import complaint_situations as complaints  # noqa: E402
import returns_situations as returns  # noqa: E402
import ticketing_situations as ticketing  # noqa: E402

from billing.charges.store import CHARGES  # noqa: E402
from billing.payouts.store import HOLDS  # noqa: E402
from billing.refusals import Refusal as BillingRefusal  # noqa: E402
from chassis.aggregate import Kind  # noqa: E402
from disputes.refusals import Refusal as DisputesRefusal  # noqa: E402
from disputes.returns.store import RETURNS  # noqa: E402
from messaging.conduct.store import COMPLAINTS  # noqa: E402
from messaging.conversations.domain import Refusal as MessagingRefusal  # noqa: E402
from ombud_words import AppealRefused  # noqa: E402
from ticketing.cases.domain.refusals import Refusal  # noqa: E402
from ticketing.cases.store import CASES  # noqa: E402
from ticketing.takeovers.store import TAKEOVERS  # noqa: E402

DOCUMENT = ROOT / "docs/states.md"
_HEAD = """# States

Written by `make docs` from the code: every command is given in every state that can be reached, and an arrow is drawn where the
status changes. What is refused, or changes nothing, has no arrow.
"""


@dataclass(frozen=True, slots=True)
class Diagram:
    """An aggregate whose states are drawn."""

    title: str
    says: str
    kind: Kind[Any, Any, Any]
    status: Callable[[Any], str]
    apart: Callable[[Any], object]
    """What of a state decides about what can follow; two states that agree in it are one."""
    commands: Mapping[str, Any]


DIAGRAMS = (
    Diagram(
        "Takeovers",
        "Why and by whom: [takeovers](takeovers.md). `activate at once` is the contact alone, for which a person gives a verdict.",
        TAKEOVERS,
        lambda takeover: str(takeover.status),
        lambda t: (t.status, t.grounds.verdict_needs, t.verdict and t.verdict.confirmed, t.unlock),
        {
            "note eligible": ticketing.NOTE_ELIGIBLE,
            "propose": ticketing.PROPOSE,
            "warn": ticketing.WARN,
            "activate": ticketing.ACTIVATE,
            "activate at once": ticketing.ACTIVATE_AT_ONCE,
            "ask to unlock": ticketing.ASK_UNLOCK,
            "buyer says unlocked": ticketing.SAY_UNLOCKED,
            "buyer says locked": ticketing.SAY_LOCKED,
            "verdict confirms": ticketing.CONFIRM,
            "verdict refutes": ticketing.REFUTE,
            "decline": ticketing.DECLINE,
            "lapse": ticketing.LAPSE,
            "hand back": ticketing.GIVE_BACK,
            "conclude": ticketing.CONCLUDE,
            "reverse": ticketing.REVERSE,
        },
    ),
    Diagram(
        "Cases",
        "A case that the platform has taken over is drawn apart, for its contact is another's.",
        CASES,
        lambda case: f"{case.status} with the platform" if case.taken_over else str(case.status),
        lambda case: (case.status, case.taken_over, case.merged_into),
        {
            "open": ticketing.OPEN,
            "resolve": ticketing.RESOLVE,
            "close": ticketing.CLOSE,
            "reopen": ticketing.REOPEN,
            "take over": ticketing.TAKE_OVER,
            "hand back": ticketing.HAND_BACK,
            "undo takeover": ticketing.UNDO,
            "merge": ticketing.MERGE,
        },
    ),
    Diagram(
        "Charges",
        "What is contested or appealed waits for its verdict; a payout takes what stands. A settled charge that is reversed keeps its "
        "reversal, and the next run pays back what was taken.",
        CHARGES,
        lambda charge: f"{charge.status}{' repaid' if charge.repayment else ' lapsed' if charge.lapsed else ''}",
        lambda c: (
            c.status,
            c.awaits_refund,
            c.entry is None,
            c.ground,
            c.reviewed_by,
            c.lapsed,
            c.settlement is None,
            c.repayment is None,
            c.contest_until is None,
            tuple(a.outcome for a in c.appeals),
        ),
        {
            "propose": money.CHARGE,
            "propose for approval": money.LARGE_CHARGE,
            "propose with a refund": money.AWAITING_CHARGE,
            "approve": money.APPROVE,
            "refuse": money.REFUSE,
            "lapse": money.LAPSE,
            "lapse withdrawn": money.REVIVE,
            "refund paid": money.REFUND_PAID,
            "refund refused": money.REFUND_REFUSED,
            "contest": money.CONTEST,
            "uphold": money.UPHOLD,
            "reverse": money.REVERSE,
            "appeal": money.APPEAL,
            "appeal in vain": money.IN_VAIN,
            "appeal granted": money.GRANT,
            "appeal amends": money.AMEND,
            "post instead of an amended one": money.INSTEAD,
            "take back": money.TAKE_BACK,
            "payout": money.SETTLE,
        },
    ),
    Diagram(
        "Holds on payouts",
        "Placed when a dispute opens, or when the older one about its line has an outcome; lowered when a refund of the line is "
        "paid, raised when one is refused; released by its outcome, or by the clock `payout_hold` after 60 days at the latest. A "
        "hold that is released while its dispute lasts can be placed again.",
        HOLDS,
        lambda hold: "OVER" if hold.ended else str(hold.status),
        lambda hold: (hold.status, hold.held is None, hold.cause, hold.over),
        {
            "place": money.PLACE,
            "wait for an older dispute": money.AWAIT_HOLD,
            "hold another amount": money.RESIZE_HOLD,
            "nothing is left": money.EMPTY_HOLD,
            "release": money.RELEASE_HOLD,
            "time limit": money.EXPIRE_HOLD,
            "time limit withdrawn": money.RESTORE_HOLD,
        },
    ),
    Diagram(
        "Complaints about conduct",
        "Nothing is found against a seller who was not heard. A buyer's granted appeal begins another investigation.",
        COMPLAINTS,
        lambda complaint: str(complaint.stage),
        lambda c: (
            c.stage,
            c.hearing,
            c.investigator,
            c.judges,
            c.reversed,
            [(a.by, a.outcome) for a in c.appeals],
        ).__repr__(),
        {
            "file": complaints.FILE,
            "investigate": complaints.TAKE,
            "investigate again": complaints.TAKE_AGAIN,
            "tell the seller": complaints.TELL,
            "seller answers": complaints.ANSWER,
            "hearing ends": complaints.END_HEARING,
            "find": complaints.FIND,
            "find nothing": complaints.FIND_NOTHING,
            "seller appeals": complaints.SELLER_APPEALS,
            "buyer appeals": complaints.BUYER_APPEALS,
            "appeal in vain": complaints.UPHOLD,
            "appeal granted": complaints.REVERSE,
            "nobody appealed": complaints.CLOSE,
        },
    ),
    Diagram(
        "Returns",
        "Of an order line, in disputes. One that is LOST ends when the buyer has the money; a refund that is ordered is not drawn apart.",
        RETURNS,
        lambda item: str(item.status),
        lambda r: (
            (r.status, r.live, r.accepted_by, r.label_charged, r.refund_minor, r.refund_decision, len(r.photos)),
            (r.deduction_minor, r.deduction_stood, r.deduction_reopened, r.deduction_disputed),
        ),
        {
            **returns.COMMANDS,
            "inspect with a deduction": returns.DEDUCT,
            "inspect and keep all": returns.KEEP_ALL,
            "submit photo": returns.PHOTO,
        },
    ),
)


def main() -> None:
    """Write the document anew."""
    DOCUMENT.write_text(document())


def document() -> str:
    """Return the document as it should be."""
    return _HEAD + "".join(line for diagram in DIAGRAMS for line in _section(diagram))


def arrows_of(diagram: Diagram) -> dict[tuple[str, str], list[str]]:
    """Return which commands lead from one status to another; the birth comes from `[*]`."""
    found: dict[tuple[str, str], list[str]] = {}
    states: list[Any] = [None]
    known: set[object] = {None}
    for before in states:
        for name, command in diagram.commands.items():
            after = _after(diagram.kind, command, before)
            if after is None or after == before:
                continue
            if diagram.apart(after) not in known:
                known.add(diagram.apart(after))
                states.append(after)
            arrow = (_named(diagram, before), _named(diagram, after))
            if arrow[0] != arrow[1] and name not in found.setdefault(arrow, []):
                found[arrow].append(name)
    return found


def _after(kind: Kind[Any, Any, Any], command: Any, before: Any) -> Any:
    try:
        events = kind.decide(command, before)
    except (Refusal, BillingRefusal, MessagingRefusal, DisputesRefusal, AppealRefused):
        return before
    for event in events:
        before = kind.evolve(before, event)
    return before


def _named(diagram: Diagram, state: Any) -> str:
    return "[*]" if state is None else diagram.status(state).replace(" ", "_")


def _section(diagram: Diagram) -> Iterator[str]:
    arrows = arrows_of(diagram)
    yield f"\n## {diagram.title}\n\n{diagram.says}\n\n```mermaid\nstateDiagram-v2\n"
    for (before, after), names in arrows.items():
        yield f"    {before} --> {after}: {', '.join(names)}\n"
    ended = {after for _, after in arrows} - {before for before, _ in arrows}
    yield from (f"    {status} --> [*]\n" for status in sorted(ended))
    yield "```\n"


if __name__ == "__main__":
    main()
