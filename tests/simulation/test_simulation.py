"""The simulation finds nothing in what stands, and finds each guarantee that was taken out of it."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from simulation import MARKETS, PAID_MINOR, episode, told_in
from world import FaultyStore, Node, World

from chassis.store import OutboxRow, Writes
from ombud_contracts.events import billing, payouts

SEEDS = (7, 2026, 31_337)
SEEDS_OF_CONTROLS = (*SEEDS, *range(1, 10))
STEPS = 1_500
SEEDS_OF_MONEY = (6, 28)
STEPS_OF_MONEY = 3_000
"""Before a charge is appealed, its dispute is decided, its refund paid, and a contest upheld."""


@pytest.mark.parametrize("seed", [SEEDS[0], *(pytest.param(seed, marks=pytest.mark.long) for seed in SEEDS[1:])])
async def test_a_marketplace_under_faults_ends_sound(seed: int) -> None:
    """INVARIANT: I1 to I7 and I9, over duplicates, delays, crashes and conflicts in every place; `make simulate` plays more."""
    world, found = await episode(seed, STEPS)
    assert not found, "\n".join(found[:20])
    for kind in ("conflict", "crash", "published again", "delivered again", "event billing", "command sla-monitor"):
        assert world.taken[kind], f"nothing of the kind {kind} happened"


@pytest.mark.rule("S-3")
@pytest.mark.rule("R-10")
async def test_appeals_of_charges_and_payouts_under_faults_end_sound() -> None:
    """INVARIANT: what was reversed left nothing behind, each step once, and payouts add up, however often a service died; over
    histories in which that happened."""
    told = []
    for seed in SEEDS_OF_MONEY:
        world, found = await episode(seed, STEPS_OF_MONEY)
        assert not found, "\n".join(found[:20])
        told.append(told_in(world, PAID_MINOR, MARKETS["lv"]))
    outcomes = {str(e.outcome) for world in told for e in world.of(billing.ChargeAppealDecided)}
    assert {"UPHELD", "REVERSED"} <= outcomes
    for kind in (billing.ChargeSettled, billing.ChargeRepaid, payouts.PayoutAdvanced):
        assert any(world.of(kind) for world in told), f"no {kind.__name__}"


async def test_a_seed_replays_a_run_exactly() -> None:
    first, second = [(await episode(7, 500))[0] for _ in range(2)]
    assert first.taken == second.taken
    assert first.evidence().records == second.evidence().records


# -- Controls: each takes one guarantee out, and the same episodes must find it ---------------------------------------


class Forgetful(FaultyStore):
    """Remembers no event that it handled."""

    async def commit(self, writes: Writes) -> None:
        writes.handled.clear()
        await super().commit(writes)


class Blind(FaultyStore):
    """Writes over whatever version stands there."""

    async def commit(self, writes: Writes) -> None:
        for key, saved in writes.saved.items():
            known = self.aggregates.get(key)
            writes.saved[key] = replace(saved, expected_version=known.version if known else 0)
        await super().commit(writes)


class WithoutInbox(World):
    store_kind = Forgetful


class WithoutVersions(World):
    store_kind = Blind


class MintingIds(World):
    """Gives events their ids when they are published."""

    minted = 0

    def publish(self, node: Node, rows: Iterable[OutboxRow]) -> None:
        renamed = []
        for row in rows:
            self.minted += 1
            headers = tuple((n, b"new:%d" % self.minted if n == "ce_id" else v) for n, v in row.headers)
            renamed.append(replace(row, headers=headers))
        super().publish(node, renamed)


class ForgettingFirst(World):
    """Forgets rows before they are published."""

    async def relay(self, node: Node) -> None:
        if self.dice.crash():
            node.store.outbox.clear()
        await super().relay(node)


class AcknowledgingFirst(World):
    """Commits offsets before the effects."""

    async def consume(self, node: Node) -> None:
        before = dict(node.committed)
        await super().consume(node)
        if node.committed == before and self.dice.faults:
            ends = {p: len(log) for p, log in self.broker.partitions.items() if p[0] in node.consumer.group.topics}
            node.committed.update({p: min(end, before.get(p, 0) + 1) for p, end in ends.items()})


@pytest.mark.parametrize("kind", [WithoutInbox, WithoutVersions, MintingIds, ForgettingFirst, AcknowledgingFirst])
async def test_control_a_guarantee_that_was_taken_out_is_found(kind: type[World]) -> None:
    found: list[str] = []
    for seed in SEEDS_OF_CONTROLS:  # what one seed plays may not meet what is missing
        found = found or await _findings(seed, kind)
    assert found, f"{kind.__name__} went unnoticed"


async def _findings(seed: int, kind: type[World]) -> list[str]:
    try:
        return (await episode(seed, STEPS, kind))[1]
    except Exception as broke:  # a handler that meets what cannot be is a finding as well
        return [f"{type(broke).__name__}: {broke}"]
