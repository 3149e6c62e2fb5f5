"""Silence is executed (S-6): every word of a policy row is carried out by exactly one service, or shown only."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from rule_desk import MARKETS

from billing.processes.silence import EXECUTORS as BILLING
from disputes.processes.silence import EXECUTORS as DISPUTES
from messaging.conduct.silence import EXECUTORS as CONDUCT
from messaging.moderation.silence import EXECUTORS as MODERATION
from ombud_words import CARRIED_OUT_BY, SHOWN_ONLY, TAKES_OVER, Silence
from sla_monitor.dry_runs.jobs import prices_of
from sla_monitor.rules.market_files import versions_of
from ticketing.takeovers.silence import EXECUTORS as TICKETING

pytestmark = pytest.mark.rule("S-6")
EXECUTORS: Mapping[str, Mapping[str, Any]] = {
    "ticketing": TICKETING,
    "disputes": DISPUTES,
    "messaging": {**MODERATION, **CONDUCT},
    "billing": BILLING,
}


def words_of_rows() -> Iterable[str]:
    """The words of every row of every packaged market."""
    for market in MARKETS.values():
        yield from (str(v.content["on_silence"]) for v in versions_of(market) if v.sort == "policy")


def test_every_word_of_a_row_has_one_executor_or_is_shown_only() -> None:
    """INVARIANT: S-6; a row with another word would promise what nobody does."""
    for word in words_of_rows():
        carrying_out = [service for service, table in EXECUTORS.items() if word in table]
        assert len(carrying_out) == (0 if Silence(word) in SHOWN_ONLY else 1), word


def test_the_tables_of_the_services_are_what_the_words_say() -> None:
    told = {Silence(word): service for service, table in EXECUTORS.items() for word in table}
    assert told == dict(CARRIED_OUT_BY)


def test_the_dry_run_predicts_takeovers_for_the_words_that_ticketing_carries_out() -> None:
    """INVARIANT: would break if a dry run believed a word that nobody obeys."""
    for market in MARKETS.values():
        assert set(prices_of(market).modes) == {word.value for word in TAKES_OVER} <= set(TICKETING)
