"""Keys that a chart does not have (any more), and what to write instead. The schema lets them in, so that templates can say it."""

MOVED: dict[str, str] = {
    "env": "config",
    "existingSecret": "secrets.mongo.existingSecret",
    "hpa": "api.autoscaling",
    "keda": "consume.keda",
    "kafka": "config.kafka",
    "mongodb": "secrets.mongo.existingSecret",
    "oidc": "config.oidcIssuer",
    "replicaCount": "api.replicaCount and consume.replicaCount",
    "resources": "api.resources and consume.resources",
    "serviceMonitor": "podMonitor",
}
"""By the key that people try."""
