"""The programs of a control plane and of KEDA, built from pinned Go modules into the cache that all checkouts share.

Go checks every module against its public checksum database, so that a version names one source and no other.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from ombud_local.children import StartFailed
from ombud_local.kafka_native import cache_folder

_BUILD_SECONDS = 3600.0  # Kubernetes takes 4 minutes on two cores alone, and several times that beside other work


@dataclass(frozen=True, slots=True)
class Source:
    """One Go module: its path, its version, and the packages that become programs, by the name of the program."""

    module: str
    version: str
    packages: Mapping[str, str]
    told: Mapping[str, str] = field(default_factory=dict)
    """Variables that the linker sets: a version that Helm compares."""

    @property
    def folder(self) -> Path:
        """Where its programs are kept."""
        return cache_folder() / "kubernetes" / f"{self.module.split('/')[1]}-{self.version}"


ETCD = Source("go.etcd.io/etcd/server/v3", "v3.6.5", MappingProxyType({"etcd": "."}))
KWOK = Source("sigs.k8s.io/kwok", "v0.8.0", MappingProxyType({"kwok": "./cmd/kwok"}))
KUBERNETES = Source(
    "k8s.io/kubernetes",
    "v1.36.3",
    MappingProxyType(
        {name: f"./cmd/{name}" for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")}
    ),
    MappingProxyType(
        {
            f"k8s.io/component-base/version.{name}": said
            for name, said in (("gitVersion", "v1.36.3"), ("gitMajor", "1"), ("gitMinor", "36"))
        }
    ),
)
KEDA = Source(
    "github.com/kedacore/keda/v2",
    "v2.20.2",
    MappingProxyType({"keda-operator": "./cmd/operator", "keda-adapter": "./cmd/adapter"}),
)
MONITORING = Source("github.com/prometheus-operator/prometheus-operator", "v0.85.0", MappingProxyType({}))
"""Its definitions alone are used, and so are those of the next."""
GATEWAY = Source("sigs.k8s.io/gateway-api", "v1.4.1", MappingProxyType({}))
SOURCES = (ETCD, KWOK, KUBERNETES, KEDA)


def built(source: Source) -> Path:
    """Return the folder with the programs of a module, built on first use. Raises `StartFailed` with Go's last words."""
    source.folder.mkdir(parents=True, exist_ok=True)
    with (source.folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = [name for name in source.packages if not (source.folder / name).exists()]
        if missing:
            print(f"Building {', '.join(missing)} of {source.module} {source.version} (once, minutes)", file=sys.stderr)
            _build(source, missing)
    return source.folder


def module_files(source: Source) -> Path:
    """Return the unpacked module as Go keeps it, which is read-only."""
    source.folder.mkdir(parents=True, exist_ok=True)
    found = json.loads(_go(["mod", "download", "-json", f"{source.module}@{source.version}"], source.folder))
    return Path(found["Dir"])


def definitions() -> list[Path]:
    """Return the files that tell a cluster the kinds of KEDA, of the Prometheus operator and of the Gateway API."""
    keda, monitoring, gateway = (module_files(source) for source in (KEDA, MONITORING, GATEWAY))
    prefix = monitoring / "example/prometheus-operator-crd/monitoring.coreos.com_"
    return [
        *sorted((keda / "config/crd/bases").glob("*.yaml")),
        *(Path(f"{prefix}{plural}.yaml") for plural in ("podmonitors", "prometheusrules")),
        gateway / "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",
    ]


def _build(source: Source, names: list[str]) -> None:
    """Build in a writable copy, since a module's own replacements count only for the module that is built."""
    copy = source.folder / "source"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(module_files(source), copy, copy_function=shutil.copyfile)
    _make_writable(copy)
    if edits := _published_replacements(source, copy):
        _go(["mod", "edit", *edits], copy)
    told = " ".join(f"-X {variable}={said}" for variable, said in source.told.items())
    for name in names:
        _go(["build", "-p", "1", "-trimpath", f"-ldflags={told}", "-o", f"../{name}", source.packages[name]], copy)
    shutil.rmtree(copy)


def _make_writable(folder: Path) -> None:
    for inner, _, _ in os.walk(folder):
        Path(inner).chmod(0o755)


def _published_replacements(source: Source, copy: Path) -> list[str]:
    """Return edits that take neighbours from the proxy, where the module takes them from its own repository."""
    edits = []
    for replaced in json.loads(_go(["mod", "edit", "-json"], copy)).get("Replace") or []:
        path, target = replaced["Old"]["Path"], replaced["New"]["Path"]
        if not target.startswith("."):
            continue
        edits.append(f"-dropreplace={path}")
        if target.startswith("./staging/"):
            edits.append(f"-replace={path}={path}@{source.version.replace('v1.', 'v0.', 1)}")
    return edits


def _go(arguments: list[str], folder: Path) -> str:
    program = shutil.which("go")
    if program is None:
        raise StartFailed("No Go: a control plane is built from Go modules. Install Go 1.26 or newer.")
    environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOWORK": "off", "CGO_ENABLED": "0"}
    try:
        return subprocess.run(
            [program, *arguments],
            cwd=folder,
            env=environment,
            check=True,
            text=True,
            capture_output=True,
            timeout=_BUILD_SECONDS,
        ).stdout
    except subprocess.CalledProcessError as failure:
        raise StartFailed(f"go {' '.join(arguments)} failed.\n{failure.stderr[-2000:]}") from failure


def main() -> None:
    """Build everything, for those who would rather wait now."""
    for source in SOURCES:
        print(f"{source.module} {source.version}: {built(source)}")


if __name__ == "__main__":
    main()
