"""Real KEDA on a real control plane: what waits on a real Kafka, and what a real SLA monitor shows, scales its Deployments.

The Deployments' pods are only reported; the monitor that reads and announces runs as processes beside the cluster.
"""

import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from behind_proxies import Network, a_network
from cluster import Cluster, Refused
from monitor_stack import Monitor, monitoring
from rendering import Charts, Document, least_values, merged

from chassis.testing import eventually
from ombud_local.children import Child
from ombud_local.kubernetes.control_plane import ControlPlane
from ombud_local.kubernetes.keda import NAMESPACE, Keda
from ombud_local.ports import free_port

PROMETHEUS = shutil.which("prometheus")
pytestmark = [
    pytest.mark.kube,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(PROMETHEUS is None, reason="Prometheus is not installed: the package prometheus has it"),
]
MOST = 12
FALLBACK = 4
CASES = 1_500
QUICK: Document = {
    "enabled": True,
    "pollingIntervalSeconds": 5,
    "cooldownSeconds": 10,
    "fallbackReplicas": FALLBACK,
}
"""As the defaults, but in seconds instead of minutes."""
LONG_AGO = timedelta(hours=1)


@pytest.fixture(scope="module")
def keda(control_plane: ControlPlane) -> Keda:
    """KEDA, reached by the cluster."""
    started = Keda(control_plane)
    Cluster(control_plane, NAMESPACE).apply(*started.objects())
    started.start()
    return started


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    """Kafka and MongoDB, which can be slow and can be away."""
    with a_network(tmp_path) as network:
        yield network


def values(monitor: Monitor, **components: Document) -> Document:
    """Return values of the monitor's chart with which KEDA looks at the Kafka and the topics of these tests."""
    config = {"kafka": monitor.stack.infrastructure.kafka, "namespace": monitor.stack.namespace}
    return merged(least_values("sla-monitor"), {"config": config, **{n: {"keda": k} for n, k in components.items()}})


def install(cluster: Cluster, charts: Charts, told: Document) -> None:
    """Install the monitor's chart, and wait until Helm says that it is complete."""
    cluster.helm("install", "sla", str(charts.folder / "sla-monitor"), "--wait", "--timeout", "280s", values=told)


def replicas(cluster: Cluster, component: str) -> tuple[int, int]:
    """Return how many replicas a Deployment should have, and how many are ready."""
    deployment = cluster.one("deployment", f"sla-sla-monitor-{component}")
    return deployment["spec"]["replicas"], deployment.get("status", {}).get("readyReplicas", 0)


def why(cluster: Cluster, component: str) -> object:
    """Return what the autoscaler and KEDA say of a component, for whoever reads a failure."""
    name = f"sla-sla-monitor-{component}"
    try:
        scaler, scaled = cluster.one("hpa", f"keda-hpa-{name}"), cluster.one("scaledobject", name)
    except Refused as refused:
        return str(refused)
    conditions = [*scaler.get("status", {}).get("conditions", []), *scaled.get("status", {}).get("conditions", [])]
    return replicas(cluster, component), [(c["type"], c["status"], c.get("message")) for c in conditions]


async def scaled(cluster: Cluster, component: str, what: str, least: int, most: int) -> int:
    """Wait until a Deployment has between so many replicas, all ready; return how many."""

    async def reached() -> int | None:
        wanted, ready = replicas(cluster, component)
        return wanted if least <= wanted <= most and ready == wanted else None

    async def moving() -> object:
        return replicas(cluster, component)

    try:
        return await eventually(what, reached, 180, moving=moving)
    except AssertionError:
        pytest.fail(f"waited in vain for {what}: {why(cluster, component)}")


def condition(cluster: Cluster, component: str, kind: str) -> str:
    """Return the status of a condition of a ScaledObject."""
    conditions = cluster.one("scaledobject", f"sla-sla-monitor-{component}").get("status", {}).get("conditions", [])
    return next((c["status"] for c in conditions if c["type"] == kind), "Unknown")


async def is_said(cluster: Cluster, component: str, kind: str, status: str) -> None:
    """Wait until KEDA says so of a component."""

    async def said() -> bool:
        return condition(cluster, component, kind) == status

    async def moving() -> object:
        return replicas(cluster, component)

    try:
        await eventually(f"{kind} to be {status}", said, 180, moving=moving)
    except AssertionError:
        pytest.fail(f"waited in vain for {kind} to be {status}: {why(cluster, component)}")


async def has_looked_in_vain(cluster: Cluster, component: str, times: int) -> None:
    """Wait until KEDA has counted so many failures in a row of each trigger."""

    def failures() -> list[int]:
        health = cluster.one("scaledobject", f"sla-sla-monitor-{component}").get("status", {}).get("health", {})
        return [trigger["numberOfFailures"] for trigger in health.values()]

    async def counted() -> bool:
        return min(failures(), default=0) >= times

    async def moving() -> object:
        return failures()

    await eventually(f"{times} looks in vain", counted, 120, moving=moving)


@asynccontextmanager
async def prometheus(cluster: Cluster, monitor: Monitor, replica: int, folder: Path) -> AsyncIterator[str]:
    """Give the address of a Prometheus that scrapes a process as the PodMonitor would have it scrape its pod."""
    assert PROMETHEUS is not None
    target = monitor.stack.process("sla-monitor", replica).admin_url.removeprefix("http://")
    labels = {"namespace": cluster.namespace, "pod": "sla-sla-monitor-fire-0"}
    job = {"job_name": "ombud-sla-monitor", "static_configs": [{"targets": [target], "labels": labels}]}
    config, port = folder / "prometheus.yml", free_port()
    config.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": [job]}))  # which is YAML
    places = [f"--config.file={config}", f"--storage.tsdb.path={folder / 'prometheus'}"]
    child = Child("prometheus", [PROMETHEUS, *places, f"--web.listen-address=127.0.0.1:{port}"], folder / "log")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate(10)


async def test_consumers_scale_out_on_what_waits_on_kafka_and_back_in(
    keda: Keda, cluster: Cluster, charts: Charts, network: Network, tmp_path: Path
):
    """INVARIANT: would break if a trigger named another group or topic than the service's, or asked in a form KEDA refuses."""
    async with monitoring(network.infrastructure, tmp_path) as monitor:
        install(cluster, charts, values(monitor, consume={**QUICK, "lagThreshold": "500"}))
        await scaled(cluster, "consume", "two replicas while nothing waits", 2, 2)
        at = datetime.now(UTC)
        await monitor.tell(monitor.facts.opened(f"cas_{n:05d}", at) for n in range(3_000))
        out = await scaled(cluster, "consume", "more replicas while 3,000 records wait, 500 for each", 6, MOST)
        await is_said(cluster, "consume", "Active", "True")
        await monitor.up(1, OMBUD_ROLES="consume,relay")
        await monitor.caught_up()
        await scaled(cluster, "consume", "two replicas when all was read", 2, 2)
        print(f"consume: 2, {out} while 3,000 records waited, 2 again")


async def test_firing_scales_out_on_overdue_clocks_and_back_in(
    keda: Keda, cluster: Cluster, charts: Charts, network: Network, tmp_path: Path
):
    """INVARIANT: would break if the query read a metric or label that no pod has; firing is slow as over a slow database."""
    async with monitoring(network.infrastructure, tmp_path) as monitor:
        await monitor.up(1, OMBUD_ROLES="consume,relay")
        fire = await monitor.up(2, OMBUD_ROLES="fire,relay", **network.environment())
        async with prometheus(cluster, monitor, 2, tmp_path) as address:
            firing = {**QUICK, "overdueThreshold": "200", "activationThreshold": "50", "prometheusAddress": address}
            install(cluster, charts, values(monitor, fire=firing))
            await scaled(cluster, "fire", "two replicas while nothing is overdue", 2, 2)
            at = datetime.now(UTC) - LONG_AGO
            network.mongo.delay_seconds = 0.5
            facts = monitor.facts
            told = ((facts.opened(case, at), facts.asked(case, at)) for case in (f"cas_{n:05d}" for n in range(CASES)))
            await monitor.tell(fact for both in told for fact in both)
            out = await scaled(cluster, "fire", "more replicas while clocks are overdue", 3, MOST)
            network.mongo.heal()
            await monitor.caught_up()
            await scaled(cluster, "fire", "two replicas when everything was announced", 2, 2)
        assert fire.exit_code is None
        print(f"fire: 2, {out} while clocks were overdue, 2 again")


async def test_consumers_fall_back_while_the_broker_is_away(
    keda: Keda, cluster: Cluster, charts: Charts, network: Network, tmp_path: Path
):
    """INVARIANT: would break if KEDA had to count a second failure: it cannot make a client of Kafka without a broker."""
    async with monitoring(network.infrastructure, tmp_path) as monitor:
        install(cluster, charts, values(monitor, consume={**QUICK, "lagThreshold": "500"}))
        await scaled(cluster, "consume", "two replicas while nothing waits", 2, 2)
        await is_said(cluster, "consume", "Ready", "True")
        network.kafka.way = "closed"
        await is_said(cluster, "consume", "Fallback", "True")
        await scaled(cluster, "consume", "the fallback's replicas while the broker is away", FALLBACK, FALLBACK)
        network.kafka.heal()
        await is_said(cluster, "consume", "Fallback", "False")
        at = datetime.now(UTC)
        await monitor.tell(monitor.facts.opened(f"cas_{n:05d}", at) for n in range(3_000))
        out = await scaled(cluster, "consume", "more replicas while 3,000 records wait", 6, MOST)
        network.kafka.way = "closed"
        await is_said(cluster, "consume", "Fallback", "True")
        await has_looked_in_vain(cluster, "consume", 20)
        assert replicas(cluster, "consume")[0] >= out, "what reads is kept while nobody can say what waits"
        network.kafka.heal()
        await is_said(cluster, "consume", "Fallback", "False")


async def test_firing_falls_back_while_prometheus_is_away(
    keda: Keda, cluster: Cluster, charts: Charts, network: Network, tmp_path: Path
):
    """INVARIANT: would break if a metric that nobody can read were taken for nothing due."""
    async with monitoring(network.infrastructure, tmp_path) as monitor:
        await monitor.up(2, OMBUD_ROLES="fire,relay")
        async with prometheus(cluster, monitor, 2, tmp_path) as address:
            firing = {**QUICK, "fallbackFailures": 2, "prometheusAddress": address}
            install(cluster, charts, values(monitor, fire=firing))
            await scaled(cluster, "fire", "two replicas while nothing is due", 2, 2)
            await is_said(cluster, "fire", "Ready", "True")
        await is_said(cluster, "fire", "Fallback", "True")
        await scaled(cluster, "fire", "the fallback's replicas while Prometheus is away", FALLBACK, FALLBACK)
