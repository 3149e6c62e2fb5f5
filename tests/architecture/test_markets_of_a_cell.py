"""Every service knows the markets of its cell and no others, and starts with no name that is none. See ADR 92."""

import os
import subprocess
import sys
from typing import Any

import pytest

from chassis.documents import SERVICES, service_named
from chassis.service import create_app
from ombud_contracts.market import InvalidMarkets

_TOLD = {"kafka": "127.0.0.1:9", "mongo": "mongodb://127.0.0.1:9/?replicaSet=rs0", "oidc_issuer": "http://127.0.0.1:9"}


def markets_of(name: str, cell_markets: str) -> set[str]:
    """Put a service together, connected to nothing, and return the markets that its routes are given."""
    service = service_named(name)
    told: dict[str, Any] = {**_TOLD, "env": "test", "cell_markets": cell_markets}
    return set(create_app(service, service.settings.model_validate(told)).state.parts.provides["markets"])


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_knows_the_markets_of_its_cell_alone(name: str) -> None:
    """INVARIANT: would break if one of five services took what belongs to another cell."""
    assert markets_of(name, "lv, es") == {"lv", "es"}
    assert markets_of(name, "") == {"lv", "pt", "de", "es"}
    with pytest.raises(InvalidMarkets, match="xx: no such market"):
        markets_of(name, "lv,xx")


def test_a_name_that_is_none_ends_the_start_and_says_what_there_is() -> None:
    told = {f"OMBUD_{name.upper()}": value for name, value in _TOLD.items()}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OMBUD_")}
    ended = subprocess.run(
        [sys.executable, "-m", "billing"],
        env={**clean, **told, "OMBUD_ENV": "test", "OMBUD_CELL_MARKETS": "lv,xx"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (ended.returncode, ended.stderr) == (
        2,
        "billing: cell_markets: xx: no such market; there are de, es, lv, pt\n",
    )
