"""The values that every service's chart has. What only documents elsewhere (pods, policies) keeps the names Kubernetes has."""

from typing import Any

from ombud_release.config_values import REQUIRED, camel, config_schema, secret_names
from ombud_release.services import Component, DeployedService
from ombud_release.values_tree import Branch, Leaf, Tree, flag, items, one_of, text, texts, whole

KUBERNETES_MAP: dict[str, Any] = {"type": "object", "description": "As Kubernetes defines it."}
_QUANTITY = {"type": ["string", "number"]}
_AMOUNTS = {"type": "object", "additionalProperties": _QUANTITY}
RESOURCES = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"requests": _AMOUNTS, "limits": _AMOUNTS},
}
_ENVIRONMENT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "value": {"type": "string"}, "valueFrom": KUBERNETES_MAP},
}
_TOLERATION = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        **{name: {"type": "string"} for name in ("key", "operator", "value", "effect")},
        "tolerationSeconds": {"type": "integer"},
    },
}
_PORT = {"type": "integer", "minimum": 1, "maximum": 65535}
_TLS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"secretName": {"type": "string"}, "hosts": {"type": "array", "items": {"type": "string"}}},
}
_NAMED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {"name": {"type": "string"}},
}
_ORDERED = frozenset({"oidcRoleNames"})
"""Settings whose order counts: the first of the names in a token decides."""
_SPREAD = [
    {"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "ScheduleAnyway"}
    for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
]


def service_values(service: DeployedService) -> Tree:
    """Return the values of one service's chart."""
    return {
        "enabled": flag("Whether the umbrella chart installs this service.", True),
        **_naming(),
        "image": _image(f"ombud/{service.name}"),
        "config": _config(service),
        "secrets": _secrets(service),
        **_files(),
        **{c.name: _component(c) for c in service.components},
        **_pods(service),
        **_exposure(),
        "networkPolicy": _network_policy(),
        "podMonitor": Branch(
            "Scraping of the admin port by the Prometheus operator.",
            {
                "enabled": flag("Render a PodMonitor, if the cluster knows that kind."),
                "interval": text("Time between two scrapes.", "30s"),
                "labels": texts("Labels by which your Prometheus selects monitors."),
            },
        ),
        "helmTest": Branch(
            "What `helm test` runs.", {"enabled": flag("Render a pod that asks the Service for `/readyz`.", True)}
        ),
        "extraObjects": items(
            "Further objects (ExternalSecret, SealedSecret, …), rendered as templates.",
            {"type": ["object", "string"]},
        ),
    }


def _naming() -> Tree:
    return {
        "nameOverride": text("Replaces the chart's name in names of objects."),
        "fullnameOverride": text("Replaces release and chart in names of objects."),
        "commonLabels": texts("Labels of every object."),
        "podLabels": texts("Further labels of pods."),
        "podAnnotations": texts("Further annotations of pods."),
    }


def _image(repository: str) -> Branch:
    return Branch(
        "The image; a digest wins over a tag.",
        {
            "registry": text("Registry, without a slash at its end."),
            "repository": text("Repository.", repository),
            "tag": text("Tag; the chart's appVersion unless set."),
            "digest": text("Digest, such as `sha256:…`.", pattern="^(sha256:[0-9a-f]{64})?$"),
            "pullPolicy": one_of("When nodes pull.", "IfNotPresent", "Always", "IfNotPresent", "Never"),
            "pullSecrets": items("Secrets for the registry.", _NAMED),
        },
    )


def _config(service: DeployedService) -> Branch:
    members = {key: _setting(key, schema) for key, schema in config_schema(service.settings).items()}
    return Branch("Settings of the service; those that are left out have the service's own default.", members)


def _setting(key: str, schema: dict[str, Any]) -> Leaf:
    about = " ".join(str(schema.get("description", "")).split()) or "See the settings of the service."
    required = key in map(camel, REQUIRED)
    accepted = {k: v for k, v in schema.items() if k not in ("description", "default", "minLength")}
    if key in _ORDERED:
        accepted = {"anyOf": [{"type": "string", "pattern": r"^\{.*\}$"}, {**accepted, "maxProperties": 1}]}
        about += " Several as JSON text: Helm keeps no order in a map."
    default = schema.get("default", {} if schema.get("type") == "object" else "")
    return Leaf(f"{about} Required." if required else about, default, accepted, listed=required)


def _secrets(service: DeployedService) -> Branch:
    return Branch(
        "Secrets, each in a Secret that exists: charts never render one. They are mounted as files.",
        {
            camel(name): Branch(
                f"`OMBUD_{name.upper()}`{', required' if name in service.required_secrets else ''}.",
                {
                    "existingSecret": text("Name of the Secret."),
                    "key": text(f"Key in it; `{name.replace('_', '-')}` unless set."),
                },
            )
            for name in secret_names(service.settings)
        },
    )


def _files() -> Tree:
    return {
        "kafkaTls": Branch(
            "Certificates for Kafka, in the Secrets that Strimzi or cert-manager writes; renewed ones are used without a restart.",
            {
                "caSecret": text("Secret with the authorities of the brokers' certificates."),
                "caKey": text("Key in it; `ca.crt` unless set."),
                "certificateSecret": text("Secret with our own certificate and its key."),
                "certificateKey": text("Key of the certificate; `user.crt` unless set."),
                "privateKey": text("Key of the private key; `user.key` unless set."),
            },
        ),
        "marketsConfigMap": text("ConfigMap with further market files, the same for every service."),
        "extraEnv": items("Further environment variables.", _ENVIRONMENT),
        "extraVolumes": items("Further volumes, such as an authority of MongoDB or of the issuer.", KUBERNETES_MAP),
        "extraVolumeMounts": items("Where containers see them.", KUBERNETES_MAP),
    }


def _pods(service: DeployedService) -> Tree:
    return {
        "serviceAccount": Branch(
            "One per service, without a token.",
            {
                "create": flag("Create it.", True),
                "name": text("Name of an existing one if it is not created."),
                "annotations": texts("Annotations, such as those of a cloud's identity."),
            },
        ),
        "runAsUser": whole("Numeric user of the containers.", 10001, least=1),
        "fsGroup": whole("Group that may read mounted secrets.", 10001, least=1),
        "temporaryDisk": Branch(
            "The only folder that can be written.",
            {
                "sizeLimit": text("How large it may become.", service.temporary_disk),
                "medium": one_of("`Memory` keeps what is written off the disk.", "", "", "Memory"),
            },
        ),
        "preStopSeconds": whole("Pause before SIGTERM, for load balancers to notice.", 5, most=60),
        "terminationGracePeriodSeconds": whole(
            "At least preStopSeconds, config.shutdownWithinSeconds and 10 s for the outbox together.", 45, least=16
        ),
        "probes": Branch(
            "Probes of the admin port.",
            {
                "startupFailureThreshold": whole("Looks, 2 s apart, before a start counts as failed.", 60, least=1),
                "livenessFailureThreshold": whole("Looks, 10 s apart, before a restart.", 6, least=1),
                "readinessFailureThreshold": whole("Looks, 5 s apart, before no more requests come.", 3, least=1),
            },
        ),
        "podDisruptionBudget": Branch(
            "How many pods of each Deployment may be away at once.",
            {"enabled": flag("Render it.", True), "maxUnavailable": whole("Pods.", 1, least=1)},
        ),
        "topologySpreadConstraints": items(
            "How pods spread; a selector is added where none is given.", KUBERNETES_MAP, _SPREAD
        ),
        "nodeSelector": texts("Labels of the nodes to run on."),
        "tolerations": items("Taints to tolerate.", _TOLERATION),
        "affinity": Leaf("Affinity, as Kubernetes defines it.", {}, KUBERNETES_MAP),
        "priorityClassName": text("Priority class of the pods."),
    }


def _exposure() -> Tree:
    return {
        "service": Branch(
            "The Service in front of the API.",
            {
                "type": one_of("Type.", "ClusterIP", "ClusterIP", "NodePort", "LoadBalancer"),
                "port": whole("Port.", 80, least=1, most=65535),
                "annotations": texts("Annotations."),
            },
        ),
        "ingress": Branch(
            "Ingress; services share paths, so each has a host of its own.",
            {
                "enabled": flag("Render an Ingress."),
                "className": text("Class."),
                "annotations": texts("Annotations."),
                "hosts": items("Hosts.", {"type": "string"}),
                "tls": items("Certificates.", _TLS),
            },
        ),
        "httpRoute": Branch(
            "A route of the Gateway API.",
            {
                "enabled": flag("Render an HTTPRoute."),
                "parentRefs": items("Gateways, as the Gateway API defines them.", KUBERNETES_MAP),
                "hostnames": items("Hosts.", {"type": "string"}),
                "annotations": texts("Annotations."),
            },
        ),
    }


def _network_policy() -> Branch:
    def egress(about: str, *ports: int) -> Branch:
        return Branch(
            about,
            {
                "to": items("Peers; empty for any.", KUBERNETES_MAP),
                "ports": items(f"TCP ports; {', '.join(map(str, ports))} unless set.", _PORT),
            },
        )

    return Branch(
        "Who may speak to pods, and to whom they may speak. Nothing else passes.",
        {
            "enabled": flag("Render NetworkPolicies."),
            "apiFrom": items("Peers that may use the API (gateway); empty for any.", KUBERNETES_MAP),
            "monitoringFrom": items("Peers that may scrape the admin port; empty for none.", KUBERNETES_MAP),
            "dns": items(
                "Where names are resolved, port 53.",
                KUBERNETES_MAP,
                [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
            ),
            "kafka": egress("Kafka.", 9092, 9093, 9094),
            "mongo": egress("MongoDB.", 27017),
            "oidc": egress("The issuer.", 443),
            "otlp": egress("The collector of traces; without peers no rule.", 4317, 4318),
            "extraEgress": items("Further egress rules.", KUBERNETES_MAP),
        },
    )


def _component(component: Component) -> Branch:
    roles = ", ".join(component.roles)
    scaling = {"api": _api_scaling, "consume": _consume_scaling, "fire": _fire_scaling}[component.name]
    memory = {"requests": {"cpu": "250m", "memory": "384Mi"}, "limits": {"memory": "1Gi"}}
    return Branch(
        f"The Deployment whose processes take the roles {roles}.",
        {
            "replicaCount": whole("Replicas while nothing scales it.", 2),
            "resources": Leaf("Requests and limits; no limit of CPU, which would only slow pods.", memory, RESOURCES),
            **scaling(),
        },
    )


def _api_scaling() -> Tree:
    return {
        "autoscaling": Branch(
            "A HorizontalPodAutoscaler.",
            {
                "enabled": flag("Render it; replicaCount is then not used."),
                "minReplicas": whole("At least.", 2, least=2),
                "maxReplicas": whole("At most.", 6, least=2),
                "targetCPUUtilizationPercentage": whole("CPU of the request, in percent.", 70, least=10, most=100),
                "metrics": items("Further metrics, as Kubernetes defines them.", KUBERNETES_MAP),
                "scaleDownStabilizationSeconds": whole("How long less load must last.", 300, most=3600),
            },
        )
    }


def _keda(**metric: Leaf) -> Tree:
    return {
        "keda": Branch(
            "A ScaledObject of KEDA.",
            {
                "enabled": flag("Render it; replicaCount is then not used. The cluster must have KEDA."),
                "minReplicas": whole("At least.", 2, least=2),
                "maxReplicas": whole("At most; more than 12, the partitions of a topic, stand by.", 12, least=2),
                "pollingIntervalSeconds": whole("Time between two looks.", 15, least=5),
                "cooldownSeconds": whole("How long less load must last.", 300),
                "fallbackReplicas": whole("At least, while the metric cannot be read: what runs stays.", 4, least=2),
                **metric,
            },
        )
    }


_NUMBER = r"^[0-9]+(\.[0-9]+)?$"
_POSITIVE = "^[1-9][0-9]*$"


def _consume_scaling() -> Tree:
    return _keda(
        lagThreshold=text("Records that wait, for each replica; a quoted number.", "500", pattern=_POSITIVE),
        activationLagThreshold=text("Records from which on scaling begins; quoted.", "50", pattern=_NUMBER),
    )


def _fire_scaling() -> Tree:
    return _keda(
        prometheusAddress=text("Address of Prometheus; required if enabled."),
        overdueThreshold=text("Clocks overdue and not announced, for each replica; quoted.", "1000", pattern=_NUMBER),
        dueThreshold=text("Clocks due within a minute, for each replica; quoted.", "100000", pattern=_NUMBER),
        fallbackFailures=whole("Looks that fail before fallbackReplicas count.", 3, least=1),
        activationThreshold=text("Clocks from which on scaling begins; quoted.", "100", pattern=_NUMBER),
    )
