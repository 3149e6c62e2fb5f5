"""Real Kafka and MongoDB for the fault tests, and the verdict of the offline checker."""

from collections.abc import Callable, Iterator

import pytest
from checker import violations
from evidence import Evidence

from ombud_local.infrastructure import Infrastructure, start_infrastructure


@pytest.fixture(scope="session")
def infrastructure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Infrastructure]:
    """The Kafka and MongoDB of this test run."""
    with start_infrastructure(tmp_path_factory.mktemp("infrastructure"), lambda _line: None) as started:
        yield started


@pytest.fixture
def expect_sound() -> Callable[[Evidence], None]:
    """Fail with every violation that the checker finds."""

    def expect(evidence: Evidence) -> None:
        found = violations(evidence)
        assert not found, "\n".join(found[:30])

    return expect
