"""A Kubernetes control plane on loopback: its real programs, and nodes whose pods only report what a kubelet would.

It admits, defaults, schedules, rolls and scales as a cluster does. It runs no container, and there is no network of pods.
"""

import json
import secrets
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from ombud_local.certificates import Authority
from ombud_local.children import Child, StartFailed
from ombud_local.kubernetes.programs import ETCD, KUBERNETES, KWOK, built, module_files
from ombud_local.ports import free_port

Progress = Callable[[str], None]
ZONES = ("a", "b", "c")
"""One node in each."""
_START_SECONDS = 120.0  # 3 s alone on two cores; a loaded machine takes many times that
_STOP_SECONDS = 15.0
_STAGES = Path(__file__).with_name("stages.yaml")
_KWOK_STAGES = (
    "node/fast/node-initialize.yaml",
    "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "pod/fast/pod-ready.yaml",
    "pod/fast/pod-complete.yaml",
    "pod/fast/pod-delete.yaml",
)


class ControlPlane:
    """One cluster; `folder` has its state, its logs and the file with which clients reach it."""

    def __init__(self, folder: Path, progress: Progress = lambda _: None) -> None:
        self._folder = folder
        self._progress = progress
        self._children: list[Child] = []
        self._token = secrets.token_hex(16)
        self._port = free_port()
        self.authority = Authority(folder / "certificates")
        self._trusted = ssl.create_default_context(cafile=str(self.authority.file))
        self.kubeconfig = folder / "kubeconfig"

    @property
    def url(self) -> str:
        """Where the API is."""
        return f"https://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Return when the API answers and every node is ready. Raises `StartFailed` and leaves nothing running."""
        try:
            programs = built(KUBERNETES)
            etcd = self._start_etcd()
            self._write_kubeconfig()
            self._start_apiserver(programs, etcd)
            self._start_controllers(programs)
            self._start_nodes()
        except BaseException:
            self.stop()
            raise

    def run(self, name: str, command: Sequence[str | Path], environment: dict[str, str] | None = None) -> Child:
        """Start a further program of the cluster, which ends with it."""
        words = [str(word) for word in command]
        child = Child(name, words, self._folder / f"{name}.log", environment=environment, folder=self._folder)
        self._children.append(child)
        return child

    def get(self, path: str) -> httpx.Response:
        """Ask the API as an administrator."""
        return self._client().get(path)

    def stop(self) -> None:
        """End everything, clients before servers. Safe to repeat."""
        while self._children:
            self._children.pop().terminate(_STOP_SECONDS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def _client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self._token}"}
        return httpx.Client(base_url=self.url, headers=headers, verify=self._trusted, timeout=10)

    def _answers(self, path: str) -> bool:
        try:
            return self.get(path).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _start_etcd(self) -> str:
        client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        addresses = [f"--listen-client-urls={client}", f"--advertise-client-urls={client}"]
        peers = [f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=one={peer}"]
        kept = ["--name=one", f"--data-dir={self._folder / 'etcd'}", "--unsafe-no-fsync", "--log-level=warn"]
        self.run("etcd", [built(ETCD) / "etcd", *addresses, *peers, *kept])
        return client

    def _write_kubeconfig(self) -> None:
        cluster = {"server": self.url, "certificate-authority": str(self.authority.file)}
        here = {"cluster": "here", "user": "administrator"}
        self.kubeconfig.touch(mode=0o600)
        self.kubeconfig.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [{"name": "here", "cluster": cluster}],
                    "users": [{"name": "administrator", "user": {"token": self._token}}],
                    "contexts": [{"name": "here", "context": here}],
                    "current-context": "here",
                }
            )
        )

    def _start_apiserver(self, programs: Path, etcd: str) -> None:
        tokens = self._folder / "tokens.csv"
        tokens.touch(mode=0o600)
        tokens.write_text(f"{self._token},administrator,1,system:masters\n")
        accounts, accounts_key = self.authority.issue("service-accounts")
        front, front_key = self.authority.issue("front-proxy")
        certificate, key = self.authority.issue("kube-apiserver")
        server = self.run(
            "kube-apiserver",
            [
                programs / "kube-apiserver",
                f"--etcd-servers={etcd}",
                "--bind-address=127.0.0.1",
                f"--secure-port={self._port}",
                f"--tls-cert-file={certificate}",
                f"--tls-private-key-file={key}",
                f"--token-auth-file={tokens}",
                "--authorization-mode=RBAC",
                "--service-cluster-ip-range=10.96.0.0/16",
                "--service-account-issuer=https://kubernetes.default.svc",
                f"--service-account-key-file={accounts}",
                f"--service-account-signing-key-file={accounts_key}",
                f"--client-ca-file={self.authority.file}",
                f"--requestheader-client-ca-file={self.authority.file}",
                "--requestheader-allowed-names=front-proxy",
                "--requestheader-username-headers=X-Remote-User",
                "--requestheader-group-headers=X-Remote-Group",
                "--requestheader-extra-headers-prefix=X-Remote-Extra-",
                f"--proxy-client-cert-file={front}",
                f"--proxy-client-key-file={front_key}",
            ],
        )
        server.wait_until(lambda: self._answers("/readyz"), _START_SECONDS, "the API of Kubernetes to be ready")
        self._progress(f"kube-apiserver {KUBERNETES.version} answers at {self.url}")

    def _start_controllers(self, programs: Path) -> None:
        alone = [f"--kubeconfig={self.kubeconfig}", "--leader-elect=false", "--bind-address=127.0.0.1"]
        self.run(
            "kube-controller-manager",
            [
                programs / "kube-controller-manager",
                *alone,
                f"--secure-port={free_port()}",
                f"--cert-dir={self._folder / 'controllers'}",
                f"--service-account-private-key-file={self._folder / 'certificates' / 'service-accounts.key'}",
                f"--root-ca-file={self.authority.file}",
                "--horizontal-pod-autoscaler-sync-period=5s",
            ],
        )
        certificates = f"--cert-dir={self._folder / 'scheduler'}"
        scheduler: list[str | Path] = [
            programs / "kube-scheduler",
            *alone,
            f"--secure-port={free_port()}",
            certificates,
        ]
        self.run("kube-scheduler", scheduler)

    def _start_nodes(self) -> None:
        stages = [module_files(KWOK) / "kustomize" / "stage" / name for name in _KWOK_STAGES]
        config = self._folder / "stages.yaml"
        config.write_text("\n---\n".join(stage.read_text() for stage in (*stages, _STAGES)))
        kubelets = self.run(
            "kwok",
            [
                built(KWOK) / "kwok",
                f"--kubeconfig={self.kubeconfig}",
                f"--config={config}",
                "--manage-all-nodes=true",
                "--node-lease-duration-seconds=40",
                f"--server-address=127.0.0.1:{free_port()}",
            ],
        )
        for zone in ZONES:
            self._add_node(zone)
        kubelets.wait_until(self._nodes_are_ready, _START_SECONDS, "every node to be ready")
        self._progress(f"{len(ZONES)} nodes are ready (kwok {KWOK.version})")

    def _add_node(self, zone: str) -> None:
        name = f"node-{zone}"
        labels = {"topology.kubernetes.io/zone": zone, "kubernetes.io/hostname": name}
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}
        answer = self._client().post("/api/v1/nodes", json=node)
        if answer.status_code != httpx.codes.CREATED:
            raise StartFailed(f"node {name} was refused: {answer.text[:500]}")

    def _nodes_are_ready(self) -> bool:
        nodes = self.get("/api/v1/nodes").json()["items"]
        return all(
            any(c["type"] == "Ready" and c["status"] == "True" for c in node.get("status", {}).get("conditions", []))
            for node in nodes
        )
