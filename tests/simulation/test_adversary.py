"""Nobody gets money or time that is not theirs, whatever they try in whatever order; and the oracle sees it when they do."""

from dataclasses import replace

import pytest
from adversary import PAID_MINOR, episode
from five_services import MARKETS
from oracle import findings
from told import Told, told_in

from billing.charges.domain import Charge, Status
from ombud_contracts import Received
from ombud_contracts.events import billing, disputes
from ombud_words import EventId
from ticketing.takeovers.domain.grounds import Fact

SEEDS = (5, 7, 12)
ATTEMPTS = 400


@pytest.mark.rule("S-1")
@pytest.mark.rule("S-2")
@pytest.mark.rule("S-3")
@pytest.mark.rule("S-4")
@pytest.mark.rule("S-7")
@pytest.mark.rule("S-9")
@pytest.mark.rule("S-10")
@pytest.mark.parametrize("seed", SEEDS)
async def test_nobody_gets_away_with_money_or_time_that_is_not_theirs(seed: int) -> None:
    """INVARIANT: S-1 to S-10 at rest; `make adversary` tries for longer."""
    world, found = await episode(seed, ATTEMPTS)
    assert not found, "\n".join(found[:20])
    for kind in ("command disputes", "command billing", "command ticketing"):
        assert world.taken[kind], f"nothing of the kind {kind} happened"


async def test_a_seed_replays_what_was_tried() -> None:
    first, second = [(await episode(12, 150))[0] for _ in range(2)]
    assert first.taken == second.taken


# -- Controls: a world in which one thing is not as it was told is found out -------------------------------------------


PLAYED: dict[int, Told] = {}
"""Worlds that were played already, by their seeds: controls change copies."""


async def a_world(seed: int = 12) -> Told:
    if seed not in PLAYED:
        world, _ = await episode(seed, ATTEMPTS)
        PLAYED[seed] = told_in(world, PAID_MINOR, MARKETS["lv"])
    return PLAYED[seed]


def without(told: Told, *kinds: type[object]) -> list[str]:
    """Return what the oracle finds when some kinds of events were never told."""
    kept = [received for received in told.received if not isinstance(received.event, kinds)]
    return findings(replace(told, received=kept))


async def test_control_money_without_its_grounds_is_found() -> None:
    """S-1, S-10: a charge whose decision nobody told, and a decision whose refund nobody ordered."""
    told = await a_world()
    assert [f for f in without(told, disputes.DisputeDecided, disputes.DisputeSettled) if f.startswith("S-1:")]
    found = without(told, billing.RefundOrdered, billing.RefundFailed)
    assert [f for f in found if f.startswith("S-10:") and "promised and not ordered" in f]


async def test_control_more_than_was_paid_is_found() -> None:
    told = await a_world()
    found = without(replace(told, paid_minor=1), disputes.GoodwillGiven)
    assert [f for f in found if f.startswith("S-1:") and "was refunded" in f]


async def test_control_swapped_ids_are_found() -> None:
    told = await a_world()
    swapped = [
        r.model_copy(update={"event": r.event.model_copy(update={"buyer_id": r.event.seller_id})})
        if isinstance(r.event, disputes.DisputeOpened)
        else r
        for r in told.received
    ]
    assert [f for f in findings(replace(told, received=swapped)) if f.startswith("S-8:")]


async def test_control_a_judge_of_their_own_is_found() -> None:
    """S-4: two decisions of one person in one case."""
    told = await a_world()
    decided = next(r for r in told.received if isinstance(r.event, disputes.DisputeDecided))
    again = decided.model_copy(update={"metadata": decided.metadata.model_copy(update={"id": "again:1"})})
    assert [f for f in findings(replace(told, received=[*told.received, again])) if f.startswith("S-4:")]


async def test_control_a_decision_that_was_reversed_and_is_still_charged_is_found() -> None:
    """S-3, S-4: somebody who judged before says that a decision counts no longer, and nobody does anything about it."""
    told, charged, decided = await a_world_with_a_charged_decision()
    assert isinstance(decided.event, disputes.DisputeDecided)
    undone = disputes.AppealDecided(
        **decided.event.model_dump(include={"dispute_id", "case_id", "order_id", "line_id", "buyer_id", "seller_id"}),
        appeal_id="apl_1",
        decision_id=charged.terms.decision_id,
        outcome="REVERSED",
        reasons=("new_evidence",),
        decided_by="supervisor",
        reviewer_id=decided.event.mediator_id,
        decided_at=decided.at,
    )
    found = findings(replace(told, received=[*told.received, decided.model_copy(update={"event": undone})]))
    assert [f for f in found if f.startswith("S-3:") and f.endswith(f"of {charged.terms.decision_id} stands")]
    assert [f for f in found if f.startswith("S-4:") and "judged apl_1" in f]


async def a_world_with_a_charged_decision() -> tuple[Told, Charge, Received]:
    """Return the first world in which a mediator decided something for which a seller is charged."""
    for seed in range(13, 60):
        told = await a_world(seed)
        for charge in told.charges:
            for decided in told.received:
                stands = charge.status in (Status.NOTIFIED, Status.POSTED)
                if stands and _is_decision(decided.event, charge.terms.decision_id):
                    return told, charge, decided
    raise AssertionError("nobody was charged by a decision")


def _is_decision(event: object, decision_id: str) -> bool:
    return isinstance(event, disputes.DisputeDecided) and event.decision.decision_id == decision_id


async def test_control_a_refund_that_is_ordered_after_it_was_paid_is_found() -> None:
    """S-1: what was paid comes before its order, and once more after it."""
    told = await a_world()
    paid = next(r for r in told.received if isinstance(r.event, billing.RefundCompleted))
    found = findings(replace(told, received=[paid, *told.received]))
    assert [f for f in found if f.startswith("S-1:") and "was ordered after" in f]
    assert [f for f in found if f.startswith("S-1:") and "was paid 2 times" in f]


async def test_control_a_takeover_without_one_of_its_alternative_facts_is_found() -> None:
    """S-9: `expert_notice|brand_notice` is shown by either, and not by a claim."""
    worlds = [await a_world(seed) for seed in SEEDS]
    told, decided = next((w, t) for w in worlds for t in w.takeovers if t.decision is not None)
    for kind, missing in (("brand_notice", False), ("claim", True)):
        grounds = replace(
            decided.grounds, required=("expert_notice|brand_notice",), facts=(Fact(EventId("evt_1"), (kind,)),)
        )
        world = replace(told)
        others = [takeover for takeover in told.takeovers if takeover.id != decided.id]
        object.__setattr__(world, "takeovers", [replace(decided, grounds=grounds), *others])
        found = [f for f in findings(world) if f.startswith("S-9:") and "was decided without" in f]
        assert bool(found) is missing
