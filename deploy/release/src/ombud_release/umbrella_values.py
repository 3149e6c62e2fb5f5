"""The values of the umbrella chart: what is said once for all services, and the Job that creates topics."""

from collections.abc import Mapping

from chassis.settings import Settings
from ombud_release.common_values import RESOURCES, service_values
from ombud_release.services import SERVICES, DeployedService
from ombud_release.values_tree import Branch, Leaf, Tree, flag, text, texts, whole

_SHARED: Mapping[str, tuple[str, ...]] = {
    "commonLabels": (),
    "podLabels": (),
    "podAnnotations": (),
    "image": ("registry", "tag", "pullSecrets"),
    "config": (),
    "secrets": (),
    "kafkaTls": (),
    "marketsConfigMap": (),
    "extraEnv": (),
    "nodeSelector": (),
    "tolerations": (),
    "affinity": (),
    "priorityClassName": (),
    "ingress": ("enabled", "className", "annotations"),
    "httpRoute": ("enabled", "parentRefs", "annotations"),
    "networkPolicy": ("enabled", "apiFrom", "monitoringFrom", "kafka", "mongo", "oidc", "otlp", "extraEgress"),
    "podMonitor": ("enabled", "labels"),
}
"""What can be said for all services at once, with the members where it is not all. Their defaults are empty, so that what a
service says of its own can be told from what it leaves to the others."""

_HOOKS = {
    "helm.sh/hook": "pre-install,pre-upgrade",
    "helm.sh/hook-weight": "-5",
    "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
    "argocd.argoproj.io/hook": "PreSync",
    "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation,HookSucceeded",
}


def global_values() -> Tree:
    """Return what `global.ombud` may say, for every service whose own value is empty."""
    every = service_values(
        DeployedService(name="any", about="", settings=Settings, group=SERVICES[0].group, required_secrets=())
    )
    return {name: _part(every[name], members) for name, members in _SHARED.items()}


def _part(node: Leaf | Branch, members: tuple[str, ...]) -> Leaf | Branch:
    if not members or isinstance(node, Leaf):
        return node
    return Branch(node.about, {name: node.members[name] for name in members})


def monitoring_values() -> Tree:
    """Return the values of the alerts and dashboards, which go by what a PodMonitor scrapes."""
    return {
        "alerts": Branch(
            "A PrometheusRule with every alert of deploy/observability.",
            {
                "enabled": flag("Where the cluster knows PrometheusRules."),
                "labels": texts("Further labels, by which a Prometheus chooses its rules."),
            },
        ),
        "dashboards": Branch(
            "A ConfigMap for each dashboard of deploy/observability.",
            {
                "enabled": flag("For a Grafana whose sidecar looks for them."),
                "labels": Leaf("By which it finds them.", {"grafana_dashboard": "1"}, texts("").schema),
            },
        ),
    }


def topics_values() -> Tree:
    """Return the values of the Job that creates topics."""
    every = service_values(SERVICES[0])
    secrets, kept = every["secrets"], ("kafkaPassword", "kafkaClientSecret", "kafkaKeyPassword")
    config = every["config"]
    assert isinstance(secrets, Branch)
    assert isinstance(config, Branch)
    access = {key: leaf for key, leaf in config.members.items() if key.startswith("kafka") and key != "kafka"}
    return {
        "enabled": flag("Create the topics that are missing, before each install and upgrade."),
        "replicas": whole("Replicas of a topic; one less must be in sync.", 3, least=1, most=9),
        "partitions": Leaf("Of each topic with a key; chosen once.", 12, {"type": "integer", "enum": [12, 24]}),
        "retentionDays": whole("Of each topic that is not kept for ever.", 30, least=1, most=3650),
        "rights": flag("Allow each service what it needs, on a cluster with an authorizer."),
        "principal": text("How the cluster writes a user.", "User:{user}"),
        "annotations": Leaf(
            "Hooks of Helm and of Argo CD; replace them where another tool orders things.", _HOOKS, texts("").schema
        ),
        "resources": Leaf(
            "Requests and limits.",
            {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
            RESOURCES,
        ),
        "image": every["image"],
        "config": Branch("How the Job reaches Kafka where that differs from the services, such as its user.", access),
        "secrets": Branch(secrets.about, {name: secrets.members[name] for name in kept}),
        **{
            name: every[name]
            for name in (
                "kafkaTls",
                "extraEnv",
                "extraVolumes",
                "extraVolumeMounts",
                "runAsUser",
                "fsGroup",
                "temporaryDisk",
                "nameOverride",
            )
        },
    }
