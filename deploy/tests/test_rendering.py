"""Every chart renders on every Helm and Kubernetes that is supported, whatever is switched on, and a cluster takes it."""

from typing import Any

import pytest
from rendering import KUBERNETES, SERVICE_NAMES, Charts, Document, at, least_values, merged, of_kind, pod_specs
from validation import problems, unrestricted

pytestmark = pytest.mark.deploy

CHARTS = [*SERVICE_NAMES, "ombud"]
PEER = [{"namespaceSelector": {"matchLabels": {"team": "edge"}}}]
GATEWAY = [{"name": "edge", "namespace": "gateways"}]
TOGGLES: dict[str, Document] = {
    "names": {"nameOverride": "case", "fullnameOverride": "desk", "commonLabels": {"team": "casework"}},
    "image by digest": {
        "image": {"registry": "images.example", "digest": "sha256:" + "a" * 64, "pullSecrets": [{"name": "pull"}]}
    },
    "settings": {
        "config": {"maxBodyBytes": 1500000, "docs": False, "limits": {"drafts": [{"times": 5, "within_seconds": 60}]}}
    },
    "sasl": {
        "config": {"kafkaProtocol": "SASL_SSL", "kafkaUsername": "u"},
        "secrets": {"kafkaPassword": {"existingSecret": "user", "key": "password"}},
        "kafkaTls": {"caSecret": "cluster-ca"},
    },
    "mutual tls": {
        "config": {"kafkaProtocol": "SSL"},
        "kafkaTls": {"caSecret": "cluster-ca", "certificateSecret": "user"},
    },
    "oauth": {
        "config": {
            "kafkaProtocol": "SASL_SSL",
            "kafkaSaslMechanism": "OAUTHBEARER",
            "kafkaClientId": "ombud",
            "kafkaTokenEndpoint": "https://issuer.example/token",
        },
        "secrets": {"kafkaClientSecret": {"existingSecret": "client"}},
    },
    "markets and variables": {"marketsConfigMap": "markets", "extraEnv": [{"name": "A", "value": "b"}]},
    "no service account": {"serviceAccount": {"create": False, "name": "theirs"}},
    "in memory": {"temporaryDisk": {"medium": "Memory"}, "preStopSeconds": 0},
    "no budget": {"podDisruptionBudget": {"enabled": False}, "helmTest": {"enabled": False}},
    "placement": {
        "topologySpreadConstraints": [],
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "dedicated", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "priorityClassName": "high",
    },
    "ingress": {
        "ingress": {
            "enabled": True,
            "className": "nginx",
            "hosts": ["cases.example"],
            "tls": [{"secretName": "cert", "hosts": ["cases.example"]}],
        }
    },
    "gateway": {"httpRoute": {"enabled": True, "parentRefs": GATEWAY, "hostnames": ["cases.example"]}},
    "network policy": {"networkPolicy": {"enabled": True}},
    "network policy with peers": {
        "networkPolicy": {
            "enabled": True,
            "apiFrom": PEER,
            "monitoringFrom": PEER,
            "otlp": {"to": PEER},
            "kafka": {"to": PEER, "ports": [9095]},
            "extraEgress": [{"to": PEER}],
        }
    },
    "monitoring": {"podMonitor": {"enabled": True, "labels": {"release": "prometheus"}}},
    "http autoscaling": at("api.autoscaling.enabled", True),
    "consumer autoscaling": at("consume.keda.enabled", True),
    "further objects": {
        "extraObjects": [
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "{{ .Release.Name }}-x"},
                "data": {"a": "b"},
            },
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: text",
        ]
    },
}
EVERYTHING = merged(
    {name: value for toggle in TOGGLES.values() for name, value in toggle.items() if name not in ("config", "secrets")},
    TOGGLES["sasl"],
)
FIRING = {"fire": {"keda": {"enabled": True, "prometheusAddress": "http://prometheus.example:9090"}}}


def accepted(documents: list[Document], kubernetes: str) -> None:
    """A cluster takes each object, and each pod is restricted."""
    assert documents
    assert [p for d in documents for p in problems(d, kubernetes)] == []
    assert [p for spec in pod_specs(documents) for p in unrestricted(spec)] == []


@pytest.mark.parametrize("kubernetes", KUBERNETES)
@pytest.mark.parametrize("helm", [3, 4])
@pytest.mark.parametrize("chart", CHARTS)
def test_a_cluster_takes_the_defaults(charts: Charts, chart: str, helm: int, kubernetes: str):
    accepted(charts.render(chart, helm=helm, kubernetes=kubernetes), kubernetes)


@pytest.mark.parametrize("kubernetes", KUBERNETES)
@pytest.mark.parametrize("helm", [3, 4])
def test_a_cluster_takes_everything_switched_on(charts: Charts, helm: int, kubernetes: str):
    for service in SERVICE_NAMES:
        more = merged(EVERYTHING, FIRING if service == "sla-monitor" else {})
        accepted(charts.render(service, more, helm=helm, kubernetes=kubernetes), kubernetes)


@pytest.mark.parametrize("toggle", TOGGLES)
@pytest.mark.parametrize("service", ["ticketing", "sla-monitor"])
def test_each_switch_alone(charts: Charts, service: str, toggle: str):
    documents = charts.render(service, TOGGLES[toggle])
    accepted(documents, "1.34")
    assert documents != charts.render(service), "the switch does nothing"


@pytest.mark.parametrize("helm", [3, 4])
@pytest.mark.parametrize("chart", CHARTS)
def test_lint(charts: Charts, chart: str, helm: int):
    charts.helm(helm, "lint", "--strict", str(charts.folder / chart), values=least_values(chart))


@pytest.mark.parametrize("chart", CHARTS)
def test_both_helms_render_the_same(charts: Charts, chart: str):
    def ordered(helm: int) -> list[Any]:
        return sorted(charts.render(chart, helm=helm), key=lambda d: (d["kind"], d["metadata"]["name"]))

    assert ordered(3) == ordered(4)


def test_switching_a_service_off_leaves_it_out(charts: Charts):
    documents = charts.render("ombud", at("billing.enabled", False))
    assert not [d for d in documents if "billing" in d["metadata"]["name"]]


@pytest.mark.parametrize("helm", [3, 4])
def test_a_cluster_takes_alerts_and_dashboards(charts: Charts, helm: int):
    more = {"alerts": {"enabled": True}, "dashboards": {"enabled": True}}
    documents = charts.render("ombud", more, helm=helm)
    accepted(documents, "1.34")
    assert of_kind(documents, "PrometheusRule")
    assert not of_kind(charts.render("ombud", more, helm=helm, operators=[]), "PrometheusRule")


@pytest.mark.parametrize("helm", [3, 4])
def test_topics_job(charts: Charts, helm: int):
    more = {"topics": {"enabled": True, "replicas": 5, "rights": True}}
    sasl = {"global": {"ombud": {**TOGGLES["sasl"]}}}
    documents = charts.render("ombud", merged(more, sasl), helm=helm)
    accepted(documents, "1.34")
    [job] = of_kind(documents, "Job")
    [container] = job["spec"]["template"]["spec"]["containers"]
    environment = {e["name"]: e.get("value") for e in container["env"]}
    assert environment["OMBUD_TOPIC_REPLICAS"] == "5"
    assert "args" not in container, "rights are wanted, so --no-acls is not said"
    assert environment["OMBUD_KAFKA"] == "kafka.example:9092"
    assert environment["OMBUD_KAFKA_PASSWORD_FILE"] == "/etc/ombud/secrets/kafka-password"
    assert "1" not in job["metadata"]["name"], "a name that changes with the revision breaks Argo CD"
