"""Kafka and MongoDB behind proxies: services reach them through these alone, and tests look at the database directly."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from proxy import Proxy

from ombud_local.infrastructure import Infrastructure
from ombud_local.kafka_native import NativeKafka
from ombud_local.mongo_native import NativeMongo


class KafkaBehind(NativeKafka):
    """A broker that tells its clients to come to a proxy."""

    def __init__(self, folder: Path, proxy: Proxy) -> None:
        super().__init__(folder)
        own, self._proxied = self.address, f"127.0.0.1:{proxy.port}"
        proxy.target = int(own.rpartition(":")[2])
        told = self._properties.read_text()
        advertised = f"advertised.listeners=PLAINTEXT://{own}"
        assert told.count(advertised) == 1
        self._properties.write_text(told.replace(advertised, f"advertised.listeners=PLAINTEXT://{self._proxied}"))

    @property
    def address(self) -> str:
        return getattr(self, "_proxied", None) or super().address


@dataclass
class Network:
    """What lies between the services and what they need."""

    kafka: Proxy
    mongo: Proxy
    infrastructure: Infrastructure
    """As tests see it: the database without its proxy."""

    def environment(self) -> Mapping[str, str]:
        """Where services find the database; a proxy hides the set's own address, so they are told not to look for it."""
        return {"OMBUD_MONGO": f"mongodb://127.0.0.1:{self.mongo.port}/?directConnection=true"}

    def heal(self) -> None:
        """Be as if nothing were between."""
        self.kafka.heal()
        self.mongo.heal()


@contextmanager
def a_network(folder: Path) -> Iterator[Network]:
    """Start both, each behind a proxy."""
    with Proxy() as to_kafka, Proxy() as to_mongo:
        kafka, mongo = KafkaBehind(folder / "kafka", to_kafka), NativeMongo(folder / "mongo")
        try:
            kafka.start()
            mongo.start()
            to_mongo.target = int(mongo.address.partition("127.0.0.1:")[2].partition("/")[0])
            servers = {"kafka": kafka, "mongo": mongo}
            yield Network(to_kafka, to_mongo, Infrastructure("native", kafka.address, mongo.address, servers))
        finally:
            kafka.stop()
            mongo.stop()
