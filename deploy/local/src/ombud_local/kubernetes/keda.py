"""KEDA beside a control plane: the operator, which asks Kafka and Prometheus, and the adapter, whose API the cluster asks."""

import os
import shutil
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx

from ombud_local.kubernetes.control_plane import ControlPlane
from ombud_local.kubernetes.programs import KEDA, built
from ombud_local.ports import free_port

NAMESPACE = "keda"
SERVICE = "keda-metrics-apiserver"
API = "/apis/external.metrics.k8s.io/v1beta1"
_START_SECONDS = 120.0  # 5 s alone on two cores
_ENVIRONMENT = {"WATCH_NAMESPACE": "", "POD_NAMESPACE": NAMESPACE, "KEDA_CLUSTER_OBJECT_NAMESPACE": NAMESPACE}


class Keda:
    """The two programs of KEDA; they end with the control plane. Its definitions must be known to the cluster already."""

    def __init__(self, control_plane: ControlPlane) -> None:
        self._cluster = control_plane
        self._certificates = self._keep_certificates()
        self._adapter_port = free_port()

    def start(self) -> None:
        """Return when the cluster gets answers from the adapter. Raises `StartFailed`."""
        programs, metrics = built(KEDA), f"127.0.0.1:{free_port()}"
        environment = {**os.environ, **_ENVIRONMENT, "KUBECONFIG": str(self._cluster.kubeconfig)}
        self._cluster.run("keda-operator", self._operator(programs, metrics), environment)
        adapter = self._cluster.run("keda-adapter", self._adapter(programs, metrics), environment)
        adapter.wait_until(self._answers, _START_SECONDS, "the cluster to reach KEDA's adapter")

    def objects(self) -> list[dict[str, Any]]:
        """Return what tells the cluster where the adapter is; apply it before the start."""
        place = {"name": SERVICE, "namespace": NAMESPACE}
        port = [{"name": "https", "port": self._adapter_port}]
        api = {
            "group": "external.metrics.k8s.io",
            "version": "v1beta1",
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "service": {**place, "port": self._adapter_port},
            "caBundle": b64encode(self._cluster.authority.file.read_bytes()).decode(),
        }
        return [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": place,
                "spec": {"type": "ExternalName", "externalName": "localhost", "ports": port},
            },
            {
                "apiVersion": "apiregistration.k8s.io/v1",
                "kind": "APIService",
                "metadata": {"name": "v1beta1.external.metrics.k8s.io"},
                "spec": api,
            },
        ]

    def _answers(self) -> bool:
        try:
            return self._cluster.get(API).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _keep_certificates(self) -> Path:
        """Keep one certificate as both programs want it: they trust each other by it."""
        certificate, key = self._cluster.authority.issue("keda", f"{SERVICE}.{NAMESPACE}.svc")
        folder = certificate.parent / "keda"
        folder.mkdir()
        for file, name in ((certificate, "tls.crt"), (key, "tls.key"), (self._cluster.authority.file, "ca.crt")):
            shutil.copy(file, folder / name)
        return folder

    def _operator(self, programs: Path, metrics: str) -> list[str | Path]:
        return [
            programs / "keda-operator",
            f"--kubeconfig={self._cluster.kubeconfig}",
            f"--cert-dir={self._certificates}",
            f"--ca-dir={self._certificates}",
            "--leader-elect=false",
            "--enable-apiservice-patching=false",
            "--enable-webhook-patching=false",
            f"--metrics-service-bind-address={metrics}",
            f"--metrics-bind-address=127.0.0.1:{free_port()}",
            f"--health-probe-bind-address=127.0.0.1:{free_port()}",
        ]

    def _adapter(self, programs: Path, metrics: str) -> list[str | Path]:
        kubeconfig = self._cluster.kubeconfig
        return [
            programs / "keda-adapter",
            *(f"--{purpose}-kubeconfig={kubeconfig}" for purpose in ("lister", "authentication", "authorization")),
            f"--secure-port={self._adapter_port}",
            f"--tls-cert-file={self._certificates / 'tls.crt'}",
            f"--tls-private-key-file={self._certificates / 'tls.key'}",
            f"--cert-dir={self._certificates}",
            f"--metrics-service-address=localhost:{metrics.rpartition(':')[2]}",
            f"--port={free_port()}",
        ]
