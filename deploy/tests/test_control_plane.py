"""The umbrella chart on a real control plane, in a namespace that enforces Pod Security "restricted".

Its pods are reported as running by nodes that run nothing: what a kubelet does with an image is in `test_images.py`.
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from cluster import Cluster, Refused, all_rolled_out
from rendering import SERVICE_NAMES, Charts, Document, at, least_values, merged, of_kind
from test_rendering import FIRING, GATEWAY, PEER

from chassis.testing import eventually
from ombud_local.kubernetes.control_plane import ZONES
from ombud_release.assembly import UMBRELLA, assemble

pytestmark = [pytest.mark.kube, pytest.mark.timeout(1800)]
ROOT = Path(__file__).parents[2]
PREVIOUS = "7b6bfa7"
"""The version before this one, whose chart had neither alerts nor dashboards."""
WAIT = ("--wait", "--timeout", "280s")
TOPICS = [d for d in yaml.safe_load_all((ROOT / "deploy/strimzi/topics.yaml").read_text()) if d]
LEAST = merged(least_values("ombud"), at("topics.enabled", True))
DASHBOARDS = at("dashboards.enabled", True)
_KEDA = at("consume.keda.enabled", True)
_OF_EACH: Document = {
    "networkPolicy": {"enabled": True, "apiFrom": PEER, "monitoringFrom": PEER},
    "podMonitor": {"enabled": True},
    "httpRoute": {"enabled": True, "parentRefs": GATEWAY},
    "ingress": {"enabled": True, "className": "nginx"},
}


def everything_of(service: str) -> Document:
    """Return values of a service with everything switched on that it has."""
    host = f"{service}.example"
    found = merged(_KEDA, {"ingress": {"hosts": [host]}, "httpRoute": {"hostnames": [host]}})
    return merged(found, at("api.autoscaling.enabled", True))


EVERYTHING = merged(
    merged(LEAST, {"alerts": {"enabled": True}, "dashboards": {"enabled": True}}),
    merged(at("global.ombud", _OF_EACH), {name: everything_of(name) for name in SERVICE_NAMES}),
)
EVERYTHING = merged(EVERYTHING, {"sla-monitor": FIRING, "ticketing": {"extraObjects": TOPICS}})
OF_THE_CLUSTER = {("ConfigMap", "kube-root-ca.crt"), ("Secret", "ombud"), ("ServiceAccount", "default")}
KINDS = (
    "configmaps,secrets,serviceaccounts,services,deployments,replicasets,jobs,pods,poddisruptionbudgets,"
    "horizontalpodautoscalers,scaledobjects,networkpolicies,podmonitors,prometheusrules,ingresses,httproutes"
)


def installed(cluster: Cluster, chart: Path, values: Document, release: str = "ombud") -> str:
    """Install a chart and return what Helm said, when everything is complete."""
    return cluster.helm("install", release, str(chart), *WAIT, values=values)


def warnings(said: str) -> list[str]:
    """Return where the cluster warned, which it does of pods that are not restricted."""
    return [line for line in said.splitlines() if "would violate PodSecurity" in line]


def events(cluster: Cluster, reason: str) -> list[Document]:
    """Return what controllers told of the objects of the namespace, for one reason."""
    return [event for event in cluster.items("events") if event["reason"] == reason]


@pytest.mark.parametrize("helm", [3, 4])
async def test_everything_is_admitted_and_completes(cluster: Cluster, charts: Charts, helm: int):
    """INVARIANT: would break if a template made a pod that Pod Security refuses, or an object that a webhookless API refuses."""
    cluster = Cluster(cluster.control_plane, cluster.namespace, helm)
    said = installed(cluster, charts.folder / UMBRELLA, EVERYTHING)
    assert not warnings(said)
    deployments = await all_rolled_out(cluster)
    assert {d["metadata"]["labels"]["app.kubernetes.io/name"] for d in deployments} == set(SERVICE_NAMES)
    manifest = [d for d in yaml.safe_load_all(cluster.helm("get", "manifest", "ombud")) if d]
    rendered = {(d["kind"], d["metadata"]["name"]) for d in manifest}
    kinds = ",".join(sorted({kind for kind, _ in rendered}))
    assert rendered <= {(d["kind"], d["metadata"]["name"]) for d in cluster.items(kinds)}
    assert [e["message"] for e in events(cluster, "FailedCreate")] == []


async def test_the_job_of_topics_succeeds_before_the_services_come(cluster: Cluster, charts: Charts):
    installed(cluster, charts.folder / UMBRELLA, LEAST)

    async def completed() -> list[Document]:
        return [e for e in events(cluster, "Completed") if e["involvedObject"]["kind"] == "Job"]

    [job] = await eventually("the Job of topics to be told as completed", completed)
    first = min(d["metadata"]["creationTimestamp"] for d in cluster.items("deployments"))
    assert job["firstTimestamp"] <= first
    assert cluster.names("jobs") == set(), "a Job that succeeded is removed, so that the next upgrade makes it anew"


def root(pod: Document) -> None:
    """Let a pod run as root."""
    del pod["securityContext"]["runAsNonRoot"]


def any_call(pod: Document) -> None:
    """Let a pod make any call of the kernel."""
    del pod["securityContext"]["seccompProfile"]


def capable(pod: Document) -> None:
    """Leave a container its capabilities."""
    del pod["containers"][0]["securityContext"]["capabilities"]


def escalating(pod: Document) -> None:
    """Let a container become more than it was."""
    pod["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True


def on_the_node(pod: Document) -> None:
    """Give a pod a folder of its node."""
    pod["volumes"].append({"name": "node", "hostPath": {"path": "/"}})


@pytest.mark.parametrize(
    ("loosen", "named"),
    [
        (root, "runAsNonRoot"),
        (any_call, "seccompProfile"),
        (capable, "capabilities"),
        (escalating, "allowPrivilegeEscalation"),
        (on_the_node, "hostPath"),
    ],
)
def test_the_namespace_refuses_a_pod_of_ours_that_is_less_restricted(
    cluster: Cluster, charts: Charts, loosen: Callable[[Document], None], named: str
):
    """INVARIANT: would break if the namespace enforced nothing, and everything was admitted for that reason."""
    specs = [d["spec"]["template"]["spec"] for d in of_kind(charts.render("billing"), "Deployment")]
    spec = merged(specs[0], {"serviceAccountName": "default"})
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, "spec": deepcopy(spec)}
    cluster.kubectl("create", "--dry-run=server", "-f", "-", given=pod)
    loosen(pod["spec"])
    with pytest.raises(Refused, match=f'violates PodSecurity "restricted:latest".*{named}'):
        cluster.kubectl("create", "--dry-run=server", "-f", "-", given=pod)


def test_a_chart_whose_pods_may_be_root_never_completes(cluster: Cluster, tmp_path: Path):
    umbrella = assemble(tmp_path)
    for template in tmp_path.rglob("_deployment.tpl"):
        template.write_text(template.read_text().replace("runAsNonRoot: true\n", ""))
    with pytest.raises(Refused):
        cluster.helm("install", "ombud", str(umbrella), "--wait", "--timeout", "20s", values=least_values("ombud"))
    told = [e["message"] for e in events(cluster, "FailedCreate")]
    assert told
    assert all("runAsNonRoot != true" in message for message in told)


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The umbrella chart of the previous version."""
    folder = tmp_path_factory.mktemp("previous")
    archive = subprocess.run(["git", "archive", PREVIOUS, "deploy/charts"], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"the previous version, {PREVIOUS}, is not in the history of this checkout")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    return assemble(folder / "assembled", folder / "deploy/charts")


def templates(cluster: Cluster) -> dict[str, str]:
    """Return by Deployment the checksum of the settings that its pods run with."""
    return {
        d["metadata"]["name"]: d["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
        for d in cluster.items("deployments")
    }


def pods(cluster: Cluster) -> dict[str, set[str]]:
    """Return the names of the pods that are not ending, by service and component."""
    found: dict[str, set[str]] = {}
    for pod in cluster.items("pods"):
        labels = pod["metadata"]["labels"]
        if "deletionTimestamp" not in pod["metadata"]:
            owner = f"{labels['app.kubernetes.io/name']}-{labels['app.kubernetes.io/component']}"
            found.setdefault(owner, set()).add(pod["metadata"]["name"])
    return found


def log_levels(cluster: Cluster) -> set[str]:
    """Return the log levels in the settings of all services."""
    return {m["data"].get("OMBUD_LOG_LEVEL", "INFO") for m in cluster.items("configmaps") if "OMBUD_ENV" in m["data"]}


async def test_an_upgrade_with_a_changed_value_rolls_and_a_rollback_rolls_back(
    cluster: Cluster, charts: Charts, previous: Path
):
    """INVARIANT: would break if an upgrade met a field that may not change, or pods kept the settings of before."""
    installed(cluster, previous, LEAST)
    await all_rolled_out(cluster)
    before, first = templates(cluster), pods(cluster)
    assert log_levels(cluster) == {"INFO"}

    level = at("global.ombud.config.logLevel", "DEBUG")
    cluster.helm(
        "upgrade", "ombud", str(charts.folder / UMBRELLA), *WAIT, values=merged(LEAST, merged(level, DASHBOARDS))
    )
    await all_rolled_out(cluster)
    after, second = templates(cluster), pods(cluster)
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] == after[name]] == []
    assert [owner for owner in first if first[owner] & second[owner]] == []
    assert log_levels(cluster) == {"DEBUG"}
    assert len([name for name in cluster.names("configmaps") if "dashboard" in name]) == 3

    cluster.helm("rollback", "ombud", "1", *WAIT)
    await all_rolled_out(cluster)
    assert templates(cluster) == before
    assert log_levels(cluster) == {"INFO"}
    assert [name for name in cluster.names("configmaps") if "dashboard" in name] == []
    assert [owner for owner in second if second[owner] & pods(cluster)[owner]] == []
    history = json.loads(cluster.helm("history", "ombud", "--output", "json"))
    assert [entry["status"] for entry in history] == ["superseded", "superseded", "deployed"]


async def test_one_changed_value_replaces_every_pod_and_no_change_none(cluster: Cluster, charts: Charts):
    """INVARIANT: would break if pods did not carry what their settings are, or carried something that changes by itself."""
    installed(cluster, charts.folder / UMBRELLA, LEAST)
    await all_rolled_out(cluster)
    first = pods(cluster)
    cluster.helm("upgrade", "ombud", str(charts.folder / UMBRELLA), *WAIT, values=LEAST)
    await all_rolled_out(cluster)
    assert pods(cluster) == first
    changed = merged(LEAST, at("global.ombud.config.logLevel", "WARNING"))
    cluster.helm("upgrade", "ombud", str(charts.folder / UMBRELLA), *WAIT, values=changed)
    await all_rolled_out(cluster)
    assert [owner for owner in first if first[owner] & pods(cluster)[owner]] == []


async def test_helm_test_asks_every_api(cluster: Cluster, charts: Charts):
    installed(cluster, charts.folder / UMBRELLA, LEAST)
    said = cluster.helm("test", "ombud", "--timeout", "120s")
    assert said.count("Succeeded") == len(SERVICE_NAMES)
    slices = cluster.items("endpointslices")
    ready = {s["metadata"]["labels"]["kubernetes.io/service-name"]: s.get("endpoints") or [] for s in slices}
    assert set(ready) == {f"ombud-{name}" for name in SERVICE_NAMES}
    for service, endpoints in ready.items():
        assert len(endpoints) == 2, f"{service} has the two pods of its API behind it, and no other"
        assert all(endpoint["conditions"]["ready"] for endpoint in endpoints)


async def test_uninstalling_leaves_topics_and_nothing_else(cluster: Cluster, charts: Charts):
    """INVARIANT: would break if the events of years went with a release."""
    kept = {topic["metadata"]["name"] for topic in TOPICS}
    other = {**deepcopy(TOPICS[0]), "metadata": {"name": "not-kept"}}
    installed(cluster, charts.folder / UMBRELLA, merged(EVERYTHING, {"ticketing": {"extraObjects": [*TOPICS, other]}}))
    assert cluster.names("kafkatopics") == {*kept, "not-kept"}
    cluster.helm("uninstall", "ombud", "--wait", "--timeout", "120s")
    assert cluster.names("kafkatopics") == kept

    async def left() -> list[tuple[str, str]]:
        return [
            (d["kind"], d["metadata"]["name"])
            for d in cluster.items(KINDS)
            if (d["kind"], d["metadata"]["name"]) not in OF_THE_CLUSTER
        ]

    async def nothing() -> bool:
        return not await left()

    await eventually("everything but topics to be gone", nothing, moving=left)


async def test_two_releases_live_in_one_namespace(cluster: Cluster, charts: Charts):
    for release in ("one", "two"):
        namespaced = merged(LEAST, at("global.ombud.config.namespace", release))
        installed(cluster, charts.folder / UMBRELLA, namespaced, release)
    await all_rolled_out(cluster)
    budgets = cluster.items("poddisruptionbudgets")
    assert {b["status"]["expectedPods"] for b in budgets} == {2}, "a budget counts the pods of its own release"
    cluster.helm("uninstall", "one", "--wait", "--timeout", "120s")
    assert {d["metadata"]["labels"]["app.kubernetes.io/instance"] for d in cluster.items("deployments")} == {"two"}


def placed(cluster: Cluster) -> dict[str, list[str]]:
    """Return the nodes of running pods, by service and component."""
    found: dict[str, list[str]] = {}
    for pod in cluster.items("pods"):
        labels = pod["metadata"]["labels"]
        owner = f"{labels['app.kubernetes.io/name']}-{labels['app.kubernetes.io/component']}"
        found.setdefault(owner, []).append(pod["spec"].get("nodeName", ""))
    return found


def evict(cluster: Cluster, pod: str) -> None:
    """Evict a pod, as the draining of its node does. Raises `Refused` when its budget is used up."""
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": cluster.namespace}}
    path = f"/api/v1/namespaces/{cluster.namespace}/pods/{pod}/eviction"
    cluster.kubectl("create", "--raw", path, "-f", "-", given=body)


@pytest.fixture
def cordoned(cluster: Cluster) -> Iterator[Callable[[], None]]:
    """What makes every node take no further pod, until the test ends."""
    nodes = [f"node-{zone}" for zone in ZONES]

    def cordon() -> None:
        cluster.kubectl("cordon", *nodes)

    yield cordon
    cluster.kubectl("uncordon", *nodes)


async def test_a_drain_takes_one_pod_of_a_kind_at_a_time(
    cluster: Cluster, charts: Charts, cordoned: Callable[[], None]
):
    """INVARIANT: would break if a budget selected other pods than those of its Deployment, or allowed all to go."""
    installed(cluster, charts.folder / UMBRELLA, LEAST)
    await all_rolled_out(cluster)
    assert [owner for owner, nodes in placed(cluster).items() if len(set(nodes)) != 2] == []

    async def allowed() -> bool:
        return {b["status"].get("disruptionsAllowed") for b in cluster.items("poddisruptionbudgets")} == {1}

    await eventually("every budget to allow one pod to be away", allowed)
    cordoned()
    for first, second in map(sorted, pods(cluster).values()):
        evict(cluster, first)
        with pytest.raises(Refused, match="disruption budget"):
            evict(cluster, second)
