"""Makes what a release would push: archives of the charts and of Kustomize, the names of the images, and checksums."""

import argparse
import hashlib
import shutil
import tarfile
import tempfile
from pathlib import Path

from ombud_release.assembly import assemble, package
from ombud_release.kube_tools import kube_tools
from ombud_release.kustomize_base import BASE
from ombud_release.services import SERVICES, VERSION

_BESIDE = ("LICENSE", "NOTICE", "THIRD_PARTY_LICENCES.md", "CHANGELOG.md")
_ROOT = Path(__file__).parents[4]


def image_names() -> list[str]:
    """Return the image of each service as a release names it, without a registry."""
    return [f"ombud/{service.name}:{VERSION}" for service in SERVICES]


def make(into: Path) -> list[Path]:
    """Write a release into a folder, anew; return what was written."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        assemble(Path(folder))
        package(kube_tools().helm, Path(folder), into)
    with tarfile.open(into / f"ombud-kustomize-{VERSION}.tgz", "w:gz") as archive:
        archive.add(BASE.parent, arcname="kustomize")
    (into / "images.txt").write_text("".join(f"{name}\n" for name in image_names()))
    for name in _BESIDE:
        shutil.copy(_ROOT / name, into / name)
    written = sorted(path for path in into.iterdir() if path.is_file())
    sums = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in written)
    (into / "SHA256SUMS").write_text("".join(sums))
    return [*written, into / "SHA256SUMS"]


def main() -> None:
    """Make the release and say what it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("into", type=Path)
    for path in make(parser.parse_args().into):
        print(f"{path.stat().st_size:>9}  {path}")


if __name__ == "__main__":
    main()
