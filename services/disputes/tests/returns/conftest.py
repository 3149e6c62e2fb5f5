"""What every test of returns over HTTP begins with."""

import pytest
from returns_desk import DELIVERED

from chassis.testing.desk import Desk


@pytest.fixture
async def desk(casework: Desk) -> Desk:
    """A case whose item was delivered."""
    await casework.hears(DELIVERED)
    return casework
