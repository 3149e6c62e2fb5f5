"""Builds the images of a release (`make images`): the wheels once, then an image for each service from the same wheels."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ombud_release.engine import Engine, NoEngine, engine
from ombud_release.services import SERVICES

ROOT = Path(__file__).parents[4]
SBOM_TOOL = "cyclonedx-bom==7.5.0"
"""Writes each image's list of parts; the Dockerfile installs the same version, outside of what is shipped."""
_NAMES = [service.name for service in SERVICES]
_LOCAL_BASE = "localhost/ombud-base:bookworm"
_DEBIAN = ("python3-minimal", "python3-venv", "ca-certificates")


def image_name(service: str, version: str) -> str:
    """Return the name under which a service's image is built here; a release pushes it under its registry's name."""
    return f"localhost/ombud/{service}:{version}"


def build_wheels(into: Path) -> None:
    """Build or fetch every wheel that a service needs, at the versions of constraints.txt, for this Python."""
    shutil.rmtree(into, ignore_errors=True)
    packages = [str(ROOT / "contracts"), *(str(path.parent) for path in sorted(ROOT.glob("services/*/pyproject.toml")))]
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--wheel-dir", str(into)]
    subprocess.run([*pip, "--constraint", str(ROOT / "constraints.txt"), *packages, SBOM_TOOL], check=True)


def base_image(using: Engine) -> str:
    """Return the base: the one that OMBUD_BASE_IMAGE names, else one made of Debian's packages, once per machine."""
    named = os.environ.get("OMBUD_BASE_IMAGE")
    if named:
        return named
    if not _exists(using, _LOCAL_BASE):
        print(f"Making {_LOCAL_BASE} of Debian's packages (once, about a minute)", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            _make_base(using, Path(folder))
    return _LOCAL_BASE


def _exists(using: Engine, image: str) -> bool:
    try:
        using.ask("image", "inspect", image)
    except subprocess.CalledProcessError:
        return False
    return True


def _make_base(using: Engine, folder: Path) -> None:
    rootfs = folder / "rootfs"
    include = f"--include={','.join(_DEBIAN)}"
    subprocess.run(["debootstrap", "--variant=minbase", include, "bookworm", str(rootfs)], check=True)
    for leaving in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale"):
        shutil.rmtree(rootfs / leaving, ignore_errors=True)
    subprocess.run(["tar", "-C", str(rootfs), "--exclude=./dev", "-cf", str(folder / "rootfs.tar"), "."], check=True)
    shutil.rmtree(rootfs)
    (folder / "Dockerfile").write_text("FROM scratch\nADD rootfs.tar /\n")
    using.build_image(_LOCAL_BASE, folder / "Dockerfile", folder, {})


def build_images(services: Sequence[str], version: str) -> list[str]:
    """Build the images and return their names. Raises `NoEngine` or CalledProcessError."""
    using = engine()
    wheels = ROOT / "build" / "wheels"
    print(f"Wheels in {wheels.relative_to(ROOT)}", flush=True)
    build_wheels(wheels)
    told = {"BASE": base_image(using), "VERSION": version, "REVISION": _revision()}
    for service in services:
        print(f"Image {image_name(service, version)}", flush=True)
        using.build_image(
            image_name(service, version), ROOT / "deploy" / "Dockerfile", ROOT, told | {"SERVICE": service}
        )
    return [image_name(service, version) for service in services]


def _revision() -> str:
    git = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    return subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


def main() -> None:
    """Build the images of the services that are named, or of all."""
    parser = argparse.ArgumentParser(prog="python -m ombud_release.images", description=__doc__)
    parser.add_argument("services", nargs="*", choices=[[], *_NAMES], default=[])
    parser.add_argument("--version", default="dev")
    given = parser.parse_args()
    try:
        build_images(given.services or _NAMES, given.version)
    except (NoEngine, OSError) as missing:
        sys.exit(f"images: {missing}")
    except subprocess.CalledProcessError as failed:
        sys.exit(f"images: {failed.cmd[0]} ended with {failed.returncode}; what it printed is above")


if __name__ == "__main__":
    main()
