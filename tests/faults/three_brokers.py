"""A Kafka of three real brokers, each also a controller, of which any can be killed and started again."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from chassis.testing import eventually
from ombud_local.infrastructure import Infrastructure
from ombud_local.kafka_native import NativeKafka, cluster_id
from ombud_local.mongo_native import NativeMongo
from ombud_local.ports import free_port

REPLICAS = 3
_KEPT_BY_ALL = MappingProxyType(
    {
        "offsets.topic.replication.factor": "3",
        "transaction.state.log.replication.factor": "3",
        "transaction.state.log.min.isr": "2",
        "share.coordinator.state.topic.replication.factor": "3",
        "share.coordinator.state.topic.min.isr": "2",
        "default.replication.factor": "3",
        "min.insync.replicas": "2",
    }
)


class ThreeBrokers:
    """Implements `ombud_local.infrastructure.Server`, and knows its brokers by their number."""

    def __init__(self, folder: Path) -> None:
        cluster, ports = cluster_id(), {node: free_port() for node in range(1, REPLICAS + 1)}
        voters = ",".join(f"{node}@127.0.0.1:{port}" for node, port in ports.items())
        self._brokers = {
            node: NativeKafka(
                folder / f"broker-{node}",
                {**_KEPT_BY_ALL, "node.id": str(node), "controller.quorum.voters": voters},
                cluster=cluster,
                controller_port=port,
            )
            for node, port in ports.items()
        }

    @property
    def address(self) -> str:
        """Where clients begin: each of the three knows the others."""
        return ",".join(broker.address for broker in self._brokers.values())

    @property
    def nodes(self) -> list[int]:
        """The numbers of the brokers."""
        return list(self._brokers)

    def start(self) -> None:
        """Return when all three answer."""
        self.start_nodes(self._brokers)

    def start_nodes(self, nodes: Iterable[int]) -> None:
        """Start some on their logs, side by side: none answers before a majority of controllers is there."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda node: self._brokers[node].start(), nodes))

    def kill_node(self, node: int) -> None:
        """As a crash."""
        self._brokers[node].kill()

    def kill(self) -> None:
        """Crash all of them."""
        for node in self._brokers:
            self.kill_node(node)

    def stop(self) -> None:
        """End what runs."""
        for broker in self._brokers.values():
            broker.stop()

    async def in_sync(self) -> set[int]:
        """Return how many brokers keep a copy of the partitions: one number while all are alike; empty if none can say."""
        try:
            async with _admin(self.address) as admin:
                topics = await admin.describe_topics()
        except (KafkaError, OSError):
            return set()
        return {len(partition["isr"]) for topic in topics for partition in topic["partitions"]}

    async def whole(self) -> None:
        """Wait until every partition is on all three brokers."""

        async def kept_by_all() -> bool:
            return await self.in_sync() == {REPLICAS}

        await eventually("every partition to be on three brokers", kept_by_all, 120)


class OnThree(Infrastructure):
    """Three brokers and a database: topics are made for as many."""

    def __init__(self, brokers: ThreeBrokers, mongo: NativeMongo) -> None:
        super().__init__("native", brokers.address, mongo.address, {"kafka": brokers, "mongo": mongo})
        self.brokers = brokers

    def environment(self) -> dict[str, str]:
        """What processes need to find both, and how many brokers keep a topic."""
        return {**super().environment(), "OMBUD_TOPIC_REPLICAS": str(REPLICAS)}

    async def lose(self, nodes: Iterable[int]) -> None:
        """Crash some brokers."""
        for node in nodes:
            await asyncio.to_thread(self.brokers.kill_node, node)

    async def bring_back(self, nodes: Iterable[int]) -> None:
        """Start what was lost, and wait until it has caught up."""
        await asyncio.to_thread(self.brokers.start_nodes, nodes)
        await self.brokers.whole()


@asynccontextmanager
async def _admin(address: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=10_000)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()
