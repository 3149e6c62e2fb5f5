"""Every setting that could lose data is refused at start (guarantee 6)."""

import pytest
from counting import GROUP, count_closings

from chassis.consuming import Consumer
from chassis.settings import Settings
from chassis.subscription import SharedGroup, refuse_shared_groups

UNSAFE = {
    "consumer_auto_offset_reset": "latest",
    "consumer_auto_commit": "true",
    "producer_acks": "1",
    "mongo": "mongodb://127.0.0.1/?replicaSet=rs0&w=1",
}


def check_refused(settings_of: type[Settings], name: str, value: str) -> None:
    safe = {"kafka": "127.0.0.1:1", "mongo": "mongodb://127.0.0.1/?replicaSet=rs0", "oidc_issuer": "http://127.0.0.1:1"}
    with pytest.raises(ValueError):
        settings_of(**{**safe, "env": "test", name: value})


class Careless(Settings):
    """Control: checks nothing."""

    def _unsafe_kafka(self) -> list[str]:
        return []

    def _unsafe_mongo(self) -> list[str]:
        return []


@pytest.mark.parametrize(("name", "value"), UNSAFE.items())
def test_a_setting_that_could_lose_data_is_refused(name: str, value: str) -> None:
    check_refused(Settings, name, value)
    with pytest.raises(pytest.fail.Exception):
        check_refused(Careless, name, value)


@pytest.mark.parametrize("option", ["journal=false", "retryWrites=false", "w=0"])
def test_a_database_address_that_weakens_durability_is_refused(option: str) -> None:
    check_refused(Settings, "mongo", f"mongodb://127.0.0.1/?replicaSet=rs0&{option}")


def test_failpoints_and_unsigned_cursors_are_refused_in_production() -> None:
    address = {"kafka": "k:1", "mongo": "mongodb://m/", "oidc_issuer": "http://i"}
    with pytest.raises(ValueError, match="failpoint is set in production"):
        Settings(env="production", cursor_key="x" * 32, failpoint="commit.after=kill", **address)
    with pytest.raises(ValueError, match="cursor_key"):
        Settings(env="production", **address)


def test_two_consumers_sharing_a_group_are_refused() -> None:
    one = Consumer(GROUP, count_closings)
    refuse_shared_groups([one])
    with pytest.raises(SharedGroup):
        refuse_shared_groups([one, one])
