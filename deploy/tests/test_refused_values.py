"""Values that cannot work are refused when they are rendered, with what to write instead."""

import pytest
from rendering import Charts, Refused, at, least_values, merged

from ombud_release.moved import MOVED

pytestmark = pytest.mark.deploy


def refusal(charts: Charts, chart: str, more: dict[str, object], helm: int = 4, **options: object) -> str:
    """Return what Helm says about values that are refused."""
    with pytest.raises(Refused) as refused:
        charts.render(chart, more, helm=helm, **options)  # type: ignore[arg-type]
    return str(refused.value)


@pytest.mark.parametrize("helm", [3, 4])
@pytest.mark.parametrize(
    ("chart", "path"),
    [
        ("ticketing", "conifg"),
        ("ticketing", "config.oidcIsuer"),
        ("ticketing", "api.autoscaling.enabeld"),
        ("messaging", "secrets.sealingKey"),
        ("sla-monitor", "fire.keda.overdueTreshold"),
        ("sla-monitor", "global.ombud.conifg"),
        ("ombud", "topicss"),
        ("ombud", "global.ombud.podMonitor.enabeld"),
        ("ombud", "global.ombdu"),
        ("ombud", "disputes.api.replicas"),
    ],
)
def test_a_typo_is_named(charts: Charts, chart: str, path: str, helm: int):
    assert path.rpartition(".")[2] in refusal(charts, chart, at(path, "x"), helm)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("api.replicaCount", "two"),
        ("image.digest", "sha256:short"),
        ("image.pullPolicy", "Sometimes"),
        ("consume.keda.lagThreshold", 100),
        ("consume.keda.lagThreshold", "0"),
        ("consume.keda.minReplicas", 1),
        ("config.oidcRoleNames", {"desk-leads": "supervisor", "all-staff": "agent"}),
        ("config.consumeLanes", 99),
        ("config.namespace", "billing"),
        ("topologySpreadConstraints", {"maxSkew": 1}),
        ("service.port", 0),
    ],
)
def test_a_value_out_of_bounds_is_named(charts: Charts, path: str, value: object):
    assert path.rpartition(".")[2] in refusal(charts, "ticketing", at(path, value))


@pytest.mark.parametrize("key", MOVED)
def test_a_key_that_moved_says_what_to_write(charts: Charts, key: str):
    said = refusal(charts, "ticketing", at(key, "x"))
    assert f"{key} is not a value of this chart: write {MOVED[key]}" in said


def test_what_is_missing_is_said_at_once(charts: Charts):
    with pytest.raises(Refused) as refused:
        charts.helm(4, "template", "r", str(charts.folder / "messaging"), values={})
    said = str(refused.value)
    for missing in ("config.kafka", "config.oidcIssuer", "secrets.mongo", "secrets.cursorKey", "secrets.sealingKeys"):
        assert f"- {missing}" in said
    assert "global.ombud" in said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"terminationGracePeriodSeconds": 20}, "terminationGracePeriodSeconds is 20, and a pod may need 35"),
        ({"config": {"shutdownWithinSeconds": 60}}, "a pod may need 75"),
        ({"config": {"kafkaProtocol": "SASL_SSL"}}, "secrets.kafkaPassword.existingSecret are needed"),
        (
            {"config": {"kafkaProtocol": "SASL_SSL", "kafkaSaslMechanism": "OAUTHBEARER"}},
            "secrets.kafkaClientSecret.existingSecret are needed",
        ),
        ({"kafkaTls": {"caSecret": "ca"}}, "kafkaTls is set, and config.kafkaProtocol PLAINTEXT"),
        ({"config": {"kafkaUsername": "billing"}}, "config.kafkaProtocol PLAINTEXT names no user"),
        (
            {"api": {"autoscaling": {"enabled": True}, "resources": None}},
            "api.resources.requests.cpu is missing",
        ),
        ({"httpRoute": {"enabled": True}}, "httpRoute.parentRefs is empty"),
        ({"ingress": {"enabled": True}}, "ingress.hosts is empty"),
        ({"fire": {"keda": {"enabled": True}}}, "fire.keda.prometheusAddress is missing"),
        ({"consume": {"keda": {"enabled": True, "minReplicas": 13}}}, "consume.keda.minReplicas is above maxReplicas"),
        (
            at("api.autoscaling", {"enabled": True, "minReplicas": 9}),
            "api.autoscaling.minReplicas is above maxReplicas",
        ),
    ],
)
def test_a_contradiction_is_said(charts: Charts, more: dict[str, object], said: str):
    assert said in refusal(charts, "sla-monitor", more)


@pytest.mark.parametrize(("key", "value"), [("namespace", "lv"), ("cellMarkets", ["lv"])])
def test_one_service_of_a_release_is_no_cell_of_its_own(charts: Charts, key: str, value: object):
    """INVARIANT: would break if four services took every market, and the fifth one alone."""
    own, every = at(f"ticketing.config.{key}", value), at(f"global.ombud.config.{key}", value)
    assert f"say it in global.ombud.config.{key}" in refusal(charts, "ombud", own)
    assert charts.render("ombud", merged(own, every))


def test_scaling_by_lag_needs_the_operator(charts: Charts):
    assert "install KEDA" in refusal(charts, "billing", at("consume.keda.enabled", True), operators=())


def test_an_old_cluster_is_refused(charts: Charts):
    assert "kubeVersion" in refusal(charts, "billing", {}, kubernetes="1.30")


def test_least_values_leave_nothing_out(charts: Charts):
    for chart in ("ticketing", "messaging", "ombud"):
        assert charts.render(chart, least_values(chart))
