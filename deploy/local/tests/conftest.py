"""A broken broker must not disturb others: these tests start infrastructure of their own, beside what the run offers."""

from collections.abc import Iterator

import pytest

from ombud_local.infrastructure import Infrastructure, start_infrastructure
from ombud_local.stack import Stack


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Infrastructure]:
    """Kafka and MongoDB as processes, of this module alone."""
    with start_infrastructure(tmp_path_factory.mktemp("native"), provider="native") as started:
        yield started


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Infrastructure]:
    """What the test run offers, or one's own when a single file is run by hand."""
    with start_infrastructure(tmp_path_factory.mktemp("shared")) as started:
        yield started


@pytest.fixture(scope="module")
def stack(shared: Infrastructure, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Issuer and topics, of a whole module; each of its tests starts replicas of its own."""
    with Stack(shared, tmp_path_factory.mktemp("stack")) as made:
        made.prepare()
        yield made
