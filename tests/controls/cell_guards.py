"""What keeps deployments apart that share a cluster, each guard with the tests that must notice. See ADR 92."""

from collections.abc import Sequence
from functools import partial

from control import Control, guard

_REMOVED = (
    "services/chassis/tests/test_namespaces.py::test_what_is_removed_is_what_the_contracts_have_in_that_namespace"
)

_guard = partial(guard, "cells")

CELLS: Sequence[Control] = (
    _guard(
        "a cell has the markets that it names",
        "contracts/src/ombud_contracts/market.py",
        "if not only or name in only}",
        "}",
        "contracts/tests/test_markets.py::test_of_all_markets_a_cell_has_those_that_it_names",
        "services/ticketing/tests/orders/test_markets_of_a_cell.py"
        "::test_an_order_that_two_cells_are_told_of_is_worked_on_in_the_cell_of_its_market",
    ),
    _guard(
        "a name without a market is refused",
        "contracts/src/ombud_contracts/market.py",
        "if unknown := sorted(set(only) - markets.keys()):",
        "if unknown := []:",
        "contracts/tests/test_markets.py::test_a_name_without_a_market_is_refused_with_those_that_there_are",
    ),
    _guard(
        "a taken namespace is refused",
        "contracts/src/ombud_contracts/cluster.py",
        "    if namespace in TAKEN:",
        "    if False:",
        "contracts/tests/test_cluster.py::test_a_taken_namespace_is_refused",
        "services/chassis/tests/test_namespaces.py::test_nothing_is_removed_for_a_namespace_that_is_none",
        "services/chassis/tests/test_namespaces.py::test_no_service_and_no_tool_runs_in_a_namespace_that_is_taken",
    ),
    _guard(
        "what is removed is what the contracts name",
        "services/chassis/src/chassis/topics.py",
        "own = sorted(wanted.intersection(await admin.list_topics()))",
        'own = [name for name in await admin.list_topics() if name.startswith(f"{namespace}.")]',
        _REMOVED,
    ),
)
