"""What was published once never changes: a database that has the rows of an earlier release is started upon by this one.

`published_rows.json` holds each version of each default row as it was first released. A row that comes to mean something
else gets a later version, which is added to the file; nothing is taken out of it.
"""

import json
from pathlib import Path

import pytest

from sla_monitor.rules.domain.default_policies import default_rows
from sla_monitor.rules.domain.policy_reading import read_policy

RELEASED = json.loads((Path(__file__).parent / "published_rows.json").read_text())
CURRENT = default_rows("market", "desk", "2025-01-01T00:00:00+00:00")


@pytest.mark.parametrize("row", CURRENT, ids=lambda row: f"{row['kind']}-{row['version']}")
def test_a_default_row_means_what_its_version_meant_when_it_was_released(row: dict[str, object]) -> None:
    """INVARIANT: the monitor starts on the database of an earlier release; breaks when a row changes in its version."""
    released = RELEASED[f"{row['kind']}-{row['version']}"]
    assert read_policy(row) == read_policy(released)


@pytest.mark.parametrize("released", RELEASED.values(), ids=RELEASED.keys())
def test_each_row_that_was_ever_released_can_be_read(released: dict[str, object]) -> None:
    assert read_policy(released).kind == released["kind"]


def test_the_versions_of_a_clock_are_about_one_kind_of_subject() -> None:
    about = {(row.kind, row.about) for row in map(read_policy, RELEASED.values())}
    assert len(about) == len({kind for kind, _ in about})
