"""What keeps the promises of Ombud, each with the lines that take it out and the tests that must notice."""

from collections.abc import Sequence
from pathlib import Path

from cell_guards import CELLS
from conduct_guards import FAIRNESS
from control import Control, Cut
from finding_guards import FINDINGS
from guarantee_guards import GRANTING
from ledger_guards import LEDGER
from outcome_guards import OUTCOMES
from payout_guards import PAYOUTS
from return_guards import RETURNS

ROOT = Path(__file__).resolve().parents[2]
CHASSIS = "services/chassis/src/chassis"
MESSAGING = "services/messaging/src/messaging"
G = "services/chassis/tests/guarantees"


def _chassis(module: str, old: str, new: str) -> Cut:
    return Cut(f"{CHASSIS}/{module}.py", old, new)


GUARANTEES: Sequence[Control] = (
    Control(
        "1 effect, events and cause in one transaction",
        [
            _chassis(
                "mongo",
                "[step.collection], step.method)(step.documents, session=session))\n            except",
                "[step.collection], step.method)(step.documents))\n            except",
            )
        ],
        [f"{G}/test_atomic.py::test_effect_events_and_cause_are_written_together_or_not_at_all"],
    ),
    Control(
        "2 rows are forgotten after they are published",
        [
            _chassis("outbox", "            published = await self._publish(rows)\n", "            published = rows\n"),
            _chassis(
                "outbox",
                "self._leases.fences(shards))\n            await self._refused",
                "self._leases.fences(shards))\n            published = await self._publish(rows)\n            await self._refused",
            ),
        ],
        [
            f"{G}/test_publishing.py::test_a_crash_after_publishing_repeats_events_and_loses_none",
            f"{G}/test_publishing.py::test_what_cannot_be_published_stays_in_the_outbox",
        ],
    ),
    Control(
        "3 the inbox",
        [_chassis("transaction", "    if writes.handled:\n", "    if False:\n")],
        [
            "services/chassis/tests/test_store_conformance.py::test_a_handled_event_takes_no_second_effect",
            f"{G}/test_effect_once.py::test_an_event_delivered_three_times_takes_effect_once",
        ],
    ),
    Control(
        "4 a record that cannot be handled is parked",
        [
            _chassis(
                "consuming", "await self._parking.park(item.record, described(error), row)\n", "log.info('forgotten')\n"
            )
        ],
        [f"{G}/test_parking.py::test_a_poison_record_is_parked_with_its_reason_and_replayed"],
    ),
    Control(
        "5 a rebalance drains what is in flight",
        [
            _chassis(
                "subscription",
                'if not await set_within(self._idle, _DRAIN_SECONDS):\n            log.error("a batch outlived the drain"',
                'if False:\n            log.error("a batch outlived the drain"',
            )
        ],
        [f"{G}/test_rebalancing.py::test_partitions_are_given_away_only_when_the_batch_in_flight_has_ended"],
    ),
    Control(
        "6 settings that could lose data are refused",
        [_chassis("settings", '            raise ValueError("; ".join(problems))\n', "            pass\n")],
        [f"{G}/test_refused_settings.py::test_a_setting_that_could_lose_data_is_refused"],
    ),
)

MECHANISMS: Sequence[Control] = (
    Control(
        "fencing of leases at the write",
        [_chassis("transaction", "    yield from fenced(writes.fences)\n", "")],
        [
            "services/chassis/tests/test_fencing.py::test_a_holder_that_overslept_writes_nothing",
            "services/sla-monitor/tests/firing/test_jobs.py::test_a_replica_that_overslept_its_shards_announces_nothing",
        ],
    ),
    Control(
        "the version in the compare-and-set",
        [
            _chassis(
                "transaction",
                '{"_id": saved.id, "version": saved.expected_version, "guards": guards}',
                '{"_id": saved.id}',
            )
        ],
        ["services/chassis/tests/test_store_conformance.py::test_a_stale_writer_conflicts_and_leaves_no_trace"],
    ),
    Control(
        "the guard: what a decision rests on is compared",
        [_chassis("transaction", '{"_id": guard.id, "version": guard.version}', '{"_id": guard.id}')],
        ["services/chassis/tests/test_store_conformance.py::test_a_guarded_aggregate_that_was_changed_conflicts"],
    ),
    Control(
        "the guard: who writes next notices it",
        [_chassis("transaction", "guards = saved.expected_guards or None", 'guards = {"$exists": True}')],
        [
            "services/chassis/tests/test_store_conformance.py::test_who_decided_on_an_aggregate_is_noticed_by_its_next_writer"
        ],
    ),
    Control(
        "commands of one aggregate never share a transaction",
        [_chassis("group_commit", " and touched.isdisjoint(waiting.touched)", "")],
        ["services/chassis/tests/test_group_commit.py::test_commands_on_one_aggregate_never_share"],
    ),
    Control(
        "fencing and version together, for two that both believe",
        [
            _chassis("transaction", "    yield from fenced(writes.fences)\n", ""),
            _chassis(
                "transaction",
                '{"_id": saved.id, "version": saved.expected_version, "guards": guards}',
                '{"_id": saved.id}',
            ),
        ],
        ["tests/faults/test_clock_faults.py::test_two_replicas_that_both_believe_they_hold_a_shard_announce_once"],
    ),
    Control(
        "announcements are held while facts may wait",
        [_chassis("progress", 'return bool(found["waiting"] or not found["heard"])', "return False")],
        [
            "services/chassis/tests/test_progress.py::test_without_a_consumer_nobody_knows_what_waits",
            "tests/faults/test_clock_faults.py::test_a_monitor_that_was_down_announces_each_overdue_deadline_once_and_late",
        ],
    ),
    Control(
        "the stored answer",
        [_chassis("transaction", "    if writes.answers:\n", "    if False:\n")],
        ["services/chassis/tests/test_store_conformance.py::test_an_answer_is_kept_with_its_effect_and_only_once"],
    ),
    Control(
        "offsets after effects",
        [
            _chassis(
                "subscription",
                "            await self._handler.handle(records)\n            self._standing.take(_next(records))\n"
                "            self._repeats = 0\n            await self._commit(message)\n",
                "            await self._commit(message)\n            await self._handler.handle(records)\n"
                "            self._standing.take(_next(records))\n            self._repeats = 0\n",
            )
        ],
        [
            f"{G}/test_order_of_commits.py::test_what_took_effect_before_its_offset_was_committed_comes_again_and_is_skipped"
        ],
    ),
    Control(
        "one charge per decision and line",
        [
            Cut(
                "services/billing/src/billing/charges/charging.py",
                'return ChargeId(derived_id("chg", decision_id, line))',
                'from chassis.ids import new_id\n\n    return ChargeId(new_id("chg"))',
            )
        ],
        ["services/billing/tests/processes/test_charges_consumer.py::test_whatever_is_told_twice_moves_money_once"],
    ),
    Control(
        "notice of lost records",
        [_chassis("subscription", "        if lost and not self._may_skip:\n", "        if False:\n")],
        ["tests/faults/test_lost_and_replayed.py::test_billing_stops_when_records_are_gone_that_it_never_read"],
    ),
    Control(
        "the database's time",
        [
            _chassis(
                "server_time",
                "        return to_milliseconds(self._told + timedelta(seconds=passed))\n\n    async def keep",
                "        from chassis.clock import system_clock\n\n        return system_clock()\n\n    async def keep",
            )
        ],
        [
            "services/chassis/tests/test_server_time.py::test_a_command_is_dated_by_the_server_and_what_passed_since",
            "services/chassis/tests/test_server_time.py::test_a_service_takes_its_time_from_the_database",
        ],
    ),
    Control(
        "events are bound to their topic",
        [
            Cut(
                "contracts/src/ombud_contracts/cloudevents.py",
                "    if topic not in (None, known.topic):\n",
                "    if False:\n",
            )
        ],
        [
            "contracts/tests/test_reading_is_total.py::test_an_event_on_a_topic_or_from_a_source_that_is_not_its_own_is_forged"
        ],
    ),
    Control(
        "events are bound to their source",
        [
            Cut(
                "contracts/src/ombud_contracts/cloudevents.py",
                "    if source != known.source():\n",
                "    if False:\n",
            )
        ],
        [
            "contracts/tests/test_reading_is_total.py::test_an_event_on_a_topic_or_from_a_source_that_is_not_its_own_is_forged"
        ],
    ),
    Control(
        "the inbox knows an event by source and id",
        [
            _chassis(
                "consuming",
                'return f"{self.received.source}|{self.received.metadata.id}"',
                "return self.received.metadata.id",
            )
        ],
        [f"{G}/test_effect_once.py::test_events_of_two_sources_with_one_id_both_take_effect"],
    ),
    Control(
        "waiting records are tried oldest first",
        [
            _chassis(
                "early_records", 'sort=[("order_at", 1), ("offset", 1)])', 'sort=[("order_at", -1), ("offset", -1)])'
            )
        ],
        ["services/chassis/tests/test_early_records.py::test_waiting_records_of_a_key_are_handled_in_their_order"],
    ),
    Control(
        "later records wait behind an earlier one of their key",
        [
            _chassis(
                "early_records",
                'return bool(await self._mongo.count(WAITING, {"group": self._group, "key": {"$in": list(keys)}}, limit=1))',
                "return False",
            )
        ],
        [
            "services/chassis/tests/test_early_records.py::test_a_record_goes_on_waiting_behind_an_earlier_one_of_its_key"
        ],
    ),
    Control(
        "a refused row blocks its key alone",
        [_chassis("outbox", "            if row.key in self._refused:\n                continue\n", "")],
        ["services/chassis/tests/test_relay_refusals.py::test_a_row_larger_than_its_topic_takes_blocks_its_key_alone"],
    ),
    Control(
        "only committed records are read",
        [_chassis("subscription", 'isolation_level="read_committed"', 'isolation_level="read_uncommitted"')],
        [
            "services/chassis/tests/test_hostile_records.py"
            "::test_a_record_of_an_aborted_transaction_takes_no_effect_and_its_gap_is_not_a_loss"
        ],
    ),
    Control(
        "texts are sealed",
        [
            Cut(f"{CHASSIS}/sealing.py", "    return key.encrypt(text.encode())\n", "    return text.encode()\n"),
            Cut(
                f"{CHASSIS}/sealing.py",
                "        return key.decrypt(sealed).decode()\n",
                "        return sealed.decode()\n",
            ),
        ],
        ["services/messaging/tests/protection/test_protection.py::test_texts_are_not_to_be_read_without_their_key"],
    ),
    Control(
        "erasure by key",
        [
            Cut(
                f"{MESSAGING}/protection/store.py",
                '    await mongo.remove(KEYS, {"_id": {"$in": [c["key_id"] for c in conversations]}})\n',
                "",
            )
        ],
        [
            "services/messaging/tests/protection/test_protection.py"
            "::test_erasing_a_buyer_takes_the_texts_and_keys_of_all_their_conversations_and_of_no_other"
        ],
    ),
    Control(
        "one live case per order line and reason family",
        [
            Cut(
                "services/ticketing/src/ticketing/cases/domain/slot.py",
                "            if live.case_id is not None and live.number is not None and live.case_id != case_id:\n",
                "            if False:\n",
            )
        ],
        ["services/ticketing/tests/cases/test_slot.py::test_what_becomes_of_a_slot_in_every_situation"],
    ),
    Control(
        "an older event is not news",
        [
            _chassis(
                "hearing", "    if known is not None and metadata.sequence < known.place:\n        return False\n", ""
            )
        ],
        ["services/chassis/tests/test_hearing.py::test_an_older_event_of_the_same_aggregate_is_not_news"],
    ),
    Control(
        "a withdrawn signing key is refused",
        [_chassis("signing_keys", "        if age >= _AGED_SECONDS and", "        if self._read_at is None and")],
        [
            "services/chassis/tests/test_tokens.py::test_a_withdrawn_key_is_refused_within_a_minute_though_no_unknown_key_comes"
        ],
    ),
)

TICKETING, DISPUTES, BILLING = (f"services/{name}/src/{name}" for name in ("ticketing", "disputes", "billing"))
TOLD_BY_TICKETING = "services/ticketing/tests/test_publish.py"
TOLD_BY_DISPUTES = "services/disputes/tests/disputes/test_publish.py"
HEARD_BY_BILLING = "services/billing/tests/processes/test_charges_consumer.py"


def _swapped(name: str, path: str, indent: int, of: str, test: str, before: str = "") -> Control:
    """Buyer and seller change places where they are named together; `before` tells the place by the line that follows."""
    start = "\n" + " " * indent
    names = (f"{start}buyer_id={of}.buyer_id,", f"{start}seller_id={of}.seller_id,")
    text = (ROOT / path).read_text()
    old = ("".join(names) if "".join(names) in text else "".join(reversed(names))) + (before and start + before)
    new = (
        old.replace(f"{of}.buyer_id", "B")
        .replace(f"{of}.seller_id", f"{of}.buyer_id")
        .replace("B,", f"{of}.seller_id,")
    )
    return Control(f"who is who: {name}", [Cut(path, old, new)], [test])


SWAPS: Sequence[Control] = (
    _swapped(
        "opening a case",
        f"{TICKETING}/cases/publish.py",
        8,
        "opened",
        f"{TOLD_BY_TICKETING}::test_what_others_hear_of_a_case",
        before="order_id=opened.order_id,",
    ),
    _swapped(
        "activating a takeover",
        f"{TICKETING}/takeovers/publish.py",
        8,
        "d",
        f"{TOLD_BY_TICKETING}::test_what_others_hear_of_a_takeover_and_on_what_it_rests",
    ),
    _swapped(
        "opening a dispute",
        f"{DISPUTES}/disputes/publish.py",
        16,
        "o",
        f"{TOLD_BY_DISPUTES}::test_an_opening_names_each_party_and_thing_by_its_own_id",
    ),
    _swapped(
        "settling a dispute",
        f"{DISPUTES}/disputes/publish.py",
        12,
        "o",
        f"{TOLD_BY_DISPUTES}::test_a_settlement_names_each_party_and_thing_by_its_own_id",
    ),
    _swapped(
        "deciding a dispute",
        f"{DISPUTES}/disputes/publish.py",
        8,
        "o",
        f"{TOLD_BY_DISPUTES}::test_a_decision_names_each_party_and_thing_by_its_own_id",
        before="decision=decision,",
    ),
    _swapped(
        "deciding an appeal",
        f"{DISPUTES}/disputes/publish.py",
        8,
        "o",
        f"{TOLD_BY_DISPUTES}::test_an_amendment_names_each_party_and_thing_by_its_own_id",
        before="decision=_decision(event.record,",
    ),
    _swapped(
        "charging by a takeover",
        f"{BILLING}/processes/consumers.py",
        8,
        "takeover",
        f"{HEARD_BY_BILLING}::test_the_decisions_own_seller_is_charged_and_its_own_buyer_is_paid",
    ),
    _swapped(
        "charging by a dispute",
        f"{BILLING}/processes/consumers.py",
        8,
        "outcome",
        f"{HEARD_BY_BILLING}::test_the_decisions_own_seller_is_charged_and_its_own_buyer_is_paid",
    ),
    Control(
        "who is who: a refund is ordered for the buyer",
        [Cut(f"{BILLING}/refunds/ordering.py", "buyer_id=decision.buyer_id,", "buyer_id=decision.seller_id,")],
        [f"{HEARD_BY_BILLING}::test_the_decisions_own_seller_is_charged_and_its_own_buyer_is_paid"],
    ),
    Control(
        "who is who: a charge is the seller's",
        [Cut(f"{BILLING}/charges/charging.py", "seller_id=decision.seller_id,", "seller_id=decision.buyer_id,")],
        [f"{HEARD_BY_BILLING}::test_the_decisions_own_seller_is_charged_and_its_own_buyer_is_paid"],
    ),
)
"""Places where a buyer's id could stand for a seller's: the type checker refuses it, and a test sees it (S-8)."""

DECISIONS: Sequence[Control] = (
    Control(
        "contacts that were taken over are mediated at once",
        [
            Cut(
                f"{DISPUTES}/disputes/opening.py",
                "fast_track=case.taken_over or bool(shown),",
                "fast_track=bool(shown),",
            )
        ],
        ["services/disputes/tests/disputes/test_routes.py"],
    ),
    Control(
        "a fact that somebody shows who can ends the negotiation",
        [
            Cut(
                f"{DISPUTES}/disputes/domain/dispute.py",
                '    return [*offers_ended(state, since), DisputeEscalated(by, "fast_track", since)]\n',
                "    return []\n",
            )
        ],
        ["services/disputes/tests/disputes/test_dispute.py"],
    ),
    Control(
        "what a decider saw holds at commit",
        [_chassis("preconditions", "        await self.mark.thing.hold(unit, self.id)\n", "")],
        ["services/chassis/tests/test_preconditions.py"],
    ),
    Control(
        "a label is charged with VAT",
        [
            Cut(
                f"{DISPUTES}/remedies/domain.py",
                "return_label_gross_minor=gross(label_net_minor, vat_basis_points)",
                "return_label_gross_minor=label_net_minor",
            )
        ],
        ["services/disputes/tests/disputes/test_routes.py", "services/disputes/tests/remedies/test_remedy.py"],
    ),
    Control(
        "a settlement names the clause of its family",
        [
            Cut(
                f"{DISPUTES}/disputes/domain/commands.py",
                "return _CLAUSE_OF_FAMILY.get(ReasonFamily(family), _CLAUSE_OF_OTHERS)",
                "return _CLAUSE_OF_OTHERS",
            )
        ],
        ["services/disputes/tests/disputes/test_dispute.py"],
    ),
)
"""Decisions of the business that were once taken out with every test green."""

CONTROLS = (
    *GUARANTEES,
    *MECHANISMS,
    *SWAPS,
    *DECISIONS,
    *LEDGER,
    *OUTCOMES,
    *PAYOUTS,
    *FAIRNESS,
    *FINDINGS,
    *RETURNS,
    *GRANTING,
    *CELLS,
)
