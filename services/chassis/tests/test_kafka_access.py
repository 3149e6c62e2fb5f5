"""What clients of Kafka are made with. Needs nothing."""

import pytest
from faststream.kafka import KafkaBroker

from chassis.kafka_access import KafkaAccess

THREE = ["kafka-0:9092", "kafka-1:9092", "kafka-2:9092"]


@pytest.mark.parametrize("servers", [",".join(THREE), ", ".join(THREE), f" {','.join(THREE)}, "])
def test_a_client_may_begin_with_any_of_several_servers(servers: str) -> None:
    access = KafkaAccess(servers)
    assert access.client()["bootstrap_servers"] == THREE
    assert KafkaBroker(**access.broker()).specification.url == THREE
