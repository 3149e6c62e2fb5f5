"""What the rendered objects promise: secrets stay in Secrets, pods drain, roles scale apart, releases do not collide."""

import json
from pathlib import Path

import pytest
import yaml
from rendering import SERVICE_NAMES, Charts, Document, at, merged, of_kind, pod_specs
from test_rendering import EVERYTHING, FIRING

from ombud_release.services import SERVICES

pytestmark = pytest.mark.deploy
OBSERVABILITY = Path(__file__).parents[1] / "observability"


def named(documents: list[Document], kind: str, name: str) -> Document:
    """Return the one object of a kind and name."""
    [found] = [d for d in of_kind(documents, kind) if d["metadata"]["name"] == name]
    return found


def environment(deployment: Document) -> dict[str, str]:
    """Return the variables of a Deployment's container."""
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    return {e["name"]: e["value"] for e in container["env"]}


def test_two_releases_in_one_namespace_share_nothing(charts: Charts):
    def names(release: str) -> set[tuple[str, str]]:
        documents = charts.render("ombud", at("topics.enabled", True), release=release)
        return {(d["kind"], d["metadata"]["name"]) for d in documents}

    assert not names("one") & names("two")


def test_no_object_of_a_release_selects_pods_of_another(charts: Charts):
    documents = charts.render("ticketing", EVERYTHING, release="one")
    for document in documents:
        spec = document.get("spec", {})
        selectors = [spec.get("podSelector"), spec.get("selector")]
        for selector in selectors:
            if selector:
                labels = selector.get("matchLabels", selector)
                assert labels["app.kubernetes.io/instance"] == "one", document["kind"]


def test_names_stay_within_what_kubernetes_takes(charts: Charts):
    documents = charts.render("sla-monitor", release="r" * 53)
    assert max(len(d["metadata"]["name"]) for d in documents) <= 63


def test_no_secret_is_rendered_and_each_is_a_file(charts: Charts):
    documents = charts.render("messaging", EVERYTHING)
    assert not of_kind(documents, "Secret")
    variables = environment(named(documents, "Deployment", "desk-api"))
    assert {name for name in variables if name.endswith("_FILE")} == {
        "OMBUD_KAFKA_PASSWORD_FILE",
        "OMBUD_MONGO_FILE",
        "OMBUD_CURSOR_KEY_FILE",
        "OMBUD_SEALING_KEYS_FILE",
        "OMBUD_KAFKA_CA_FILE",
        "OMBUD_KAFKA_CERTIFICATE_FILE",
        "OMBUD_KAFKA_KEY_FILE",
    }


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.name)
def test_each_component_has_its_roles_and_a_budget(charts: Charts, service):
    documents = charts.render(service.name)
    for component in service.components:
        name = f"r-{service.name}-{component.name}"
        assert environment(named(documents, "Deployment", name))["OMBUD_ROLES"] == ",".join(component.roles)
        assert named(documents, "PodDisruptionBudget", name)["spec"]["maxUnavailable"] == 1


def test_a_budget_stands_at_any_number_of_replicas(charts: Charts):
    for replicas in (0, 1, 5):
        documents = charts.render("billing", at("api.replicaCount", replicas))
        assert named(documents, "PodDisruptionBudget", "r-billing-api")


def test_a_changed_setting_rolls_pods_and_another_label_does_not(charts: Charts):
    def checksum(more: Document) -> str:
        deployment = named(charts.render("billing", more), "Deployment", "r-billing-api")
        return str(deployment["spec"]["template"]["metadata"]["annotations"]["checksum/config"])

    before = checksum({})
    assert checksum(at("config.logLevel", "DEBUG")) != before
    assert checksum(at("api.replicaCount", 5)) == before


def test_settings_reach_the_service_as_it_reads_them(charts: Charts):
    more = {
        "config": {"maxBodyBytes": 1500000, "docs": False, "limits": {"drafts": [{"times": 5, "within_seconds": 60}]}}
    }
    data = named(charts.render("ticketing", more), "ConfigMap", "r-ticketing")["data"]
    assert data["OMBUD_MAX_BODY_BYTES"] == "1500000"
    assert data["OMBUD_DOCS"] == "false"
    assert json.loads(data["OMBUD_LIMITS"]) == {"drafts": [{"times": 5, "within_seconds": 60}]}


def test_what_a_service_says_of_its_own_wins_over_what_is_said_for_all(charts: Charts):
    more = {"global": {"ombud": {"config": {"docs": True, "attempts": 3}}}, "billing": {"config": {"docs": False}}}
    documents = charts.render("ombud", more)
    billing, ticketing = (named(documents, "ConfigMap", f"r-{name}")["data"] for name in ("billing", "ticketing"))
    assert (billing["OMBUD_DOCS"], billing["OMBUD_ATTEMPTS"]) == ("false", "3")
    assert (ticketing["OMBUD_DOCS"], ticketing["OMBUD_ATTEMPTS"]) == ("true", "3")


def test_every_pod_has_probes_and_a_pause_before_it_ends(charts: Charts):
    for deployment in of_kind(charts.render("ombud"), "Deployment"):
        spec = deployment["spec"]["template"]["spec"]
        [container] = spec["containers"]
        assert {container[p]["httpGet"]["path"] for p in ("startupProbe", "livenessProbe")} == {"/livez"}
        assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "admin"}
        assert container["lifecycle"]["preStop"]["sleep"]["seconds"] == 5
        assert spec["terminationGracePeriodSeconds"] >= 5 + 20 + 10
        assert spec["enableServiceLinks"] is False, "variables of Services would look like settings of ours"


def test_what_scales_has_no_number_of_replicas(charts: Charts):
    more = merged(at("api.autoscaling.enabled", True), merged(at("consume.keda.enabled", True), FIRING))
    for deployment in of_kind(charts.render("sla-monitor", more), "Deployment"):
        assert "replicas" not in deployment["spec"]


def test_consumers_scale_on_every_topic_that_they_read(charts: Charts):
    for service in SERVICES:
        documents = charts.render(service.name, at("consume.keda.enabled", True))
        scaled = named(documents, "ScaledObject", f"r-{service.name}-consume")["spec"]
        assert [t["metadata"]["topic"] for t in scaled["triggers"]] == list(service.group.topics)
        assert {t["metadata"]["consumerGroup"] for t in scaled["triggers"]} == {service.group.name}
        assert {t["metadata"]["limitToPartitionsWithLag"] for t in scaled["triggers"]} == {"true"}
        assert scaled["minReplicaCount"] == 2
        assert scaled["fallback"] == {"failureThreshold": 0, "replicas": 4, "behavior": "currentReplicasIfHigher"}


def test_scaling_keeps_to_the_namespace_of_topics_and_groups(charts: Charts):
    more = merged(at("consume.keda.enabled", True), at("config.namespace", "stage"))
    [scaled] = of_kind(charts.render("billing", more), "ScaledObject")
    metadata = scaled["spec"]["triggers"][0]["metadata"]
    assert (metadata["topic"], metadata["consumerGroup"]) == ("stage.marketplace.orders.v1", "stage.billing.charges")


def test_firing_scales_on_what_is_overdue_and_not_while_it_waits_for_facts(charts: Charts):
    scaled = named(charts.render("sla-monitor", FIRING), "ScaledObject", "r-sla-monitor-fire")["spec"]
    assert scaled["fallback"] == {"failureThreshold": 3, "replicas": 4, "behavior": "currentReplicasIfHigher"}
    queries = [t["metadata"]["query"] for t in scaled["triggers"]]
    assert any("ombud_sla_overdue_unannounced" in q and "1 - max(ombud_sla_holding" in q for q in queries)
    assert any("ombud_sla_due_next_minute" in q for q in queries)
    assert all('namespace="casework"' in q for q in queries)


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_everything_that_is_labelled_says_whose_it_is(charts: Charts, service: str):
    for document in charts.render(service):
        labels = document["metadata"]["labels"]
        assert labels["app.kubernetes.io/part-of"] == "ombud"
        assert labels["app.kubernetes.io/name"] == service
        assert "namespace" not in document["metadata"]


def test_network_policy_lets_through_what_a_service_needs_and_nothing_else(charts: Charts):
    documents = charts.render("ticketing", EVERYTHING | {"fullnameOverride": ""})
    policy = named(documents, "NetworkPolicy", "r-case")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    ports = {p["port"] for rule in policy["egress"] for p in rule.get("ports", [])}
    assert ports == {53, 9095, 27017, 443, 4317, 4318}
    assert all(rule.get("to") or {p["port"] for p in rule["ports"]} <= {27017, 443} for rule in policy["egress"])


def test_a_pod_can_write_to_its_temporary_folder_alone(charts: Charts):
    for spec in pod_specs(of_kind(charts.render("ombud"), "Deployment")):
        [container] = spec["containers"]
        writable = [m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")]
        assert writable == ["/tmp"]
        assert "sizeLimit" in next(v for v in spec["volumes"] if v["name"] == "temporary")["emptyDir"]


def test_the_umbrella_brings_every_alert_and_dashboard_where_it_is_asked_to(charts: Charts):
    assert not of_kind(charts.render("ombud"), "PrometheusRule")
    asked = merged(at("alerts", {"enabled": True, "labels": {"release": "prometheus"}}), at("dashboards.enabled", True))
    documents = charts.render("ombud", asked, release="desk")
    rule = named(documents, "PrometheusRule", "desk-alerts")
    assert rule["metadata"]["labels"]["release"] == "prometheus"
    assert rule["spec"] == yaml.safe_load((OBSERVABILITY / "alerts.yaml").read_text())
    boards = [d for d in of_kind(documents, "ConfigMap") if d["metadata"]["labels"].get("grafana_dashboard") == "1"]
    shown = {name: content for board in boards for name, content in board["data"].items()}
    files = sorted((OBSERVABILITY / "dashboards").glob("*.json"))
    assert {name: json.loads(content) for name, content in shown.items()} == {
        f"ombud-{file.name}": json.loads(file.read_text()) for file in files
    }


def test_what_is_scraped_bears_the_name_that_alerts_go_by(charts: Charts):
    [monitor] = of_kind(charts.render("billing", at("podMonitor.enabled", True)), "PodMonitor")
    [endpoint] = monitor["spec"]["podMetricsEndpoints"]
    assert endpoint["relabelings"] == [{"targetLabel": "job", "replacement": "ombud-billing"}]


def test_each_service_of_a_long_release_has_a_name_of_its_own(charts: Charts):
    documents = charts.render("ombud", release="prod-eu-west-1-casework-marketplace-platform-ombud-x")
    names = [(d["kind"], d["metadata"]["name"]) for d in documents]
    assert len(names) == len(set(names))
    assert max(len(name) for _, name in names) <= 63


def test_the_order_of_roles_is_kept(charts: Charts):
    """INVARIANT: would break if a map, which Helm sorts, decided who is a supervisor (the first name in a token counts)."""
    ordered = '{"desk-leads": "supervisor", "all-staff": "agent"}'
    (settings,) = of_kind(charts.render("ticketing", at("config.oidcRoleNames", ordered)), "ConfigMap")
    assert settings["data"]["OMBUD_OIDC_ROLE_NAMES"] == ordered


def test_authorities_of_one_s_own_can_be_mounted(charts: Charts):
    volume = {"name": "authorities", "secret": {"secretName": "authorities"}}
    mount = {"name": "authorities", "mountPath": "/etc/authorities", "readOnly": True}
    specs = pod_specs(charts.render("billing", {"extraVolumes": [volume], "extraVolumeMounts": [mount]}))
    running = [spec for spec in specs if "volumes" in spec]
    assert [volume in spec["volumes"] for spec in running] == [True, True]
    assert all(mount in spec["containers"][0]["volumeMounts"] for spec in running)


def test_the_job_of_topics_has_a_user_of_its_own(charts: Charts):
    values = {
        "global": {"ombud": {"config": {"kafkaProtocol": "SASL_PLAINTEXT", "kafkaUsername": "services"}}},
        "topics": {"enabled": True, "config": {"kafkaUsername": "administrator"}},
    }
    values["global"]["ombud"]["secrets"] = {"kafkaPassword": {"existingSecret": "passwords"}}
    (job,) = of_kind(charts.render("ombud", values), "Job")
    told = {e["name"]: e.get("value") for e in job["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert (told["OMBUD_KAFKA_USERNAME"], told["OMBUD_KAFKA_PROTOCOL"]) == ("administrator", "SASL_PLAINTEXT")


def test_scaling_by_lag_over_tls_alone_asks_for_no_secret(charts: Charts):
    over_tls = merged(at("consume.keda.enabled", True), at("config.kafkaProtocol", "SSL"))
    (access,) = of_kind(charts.render("billing", over_tls), "TriggerAuthentication")
    assert access["spec"] == {"secretTargetRef": []}
