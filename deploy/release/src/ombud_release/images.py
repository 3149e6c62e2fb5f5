"""Builds the images of a release (`make images`): the wheels once, for the Python of the base, then an image for each service
from the same wheels."""

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
PYTHON = "3.13"
"""What the images run on, unless OMBUD_IMAGE_PYTHON says another one or a base with another one is named."""
_RELEASES = {"3.11": "bookworm", "3.13": "trixie"}
"""The release of Debian of which each is the Python."""
_NAMES = [service.name for service in SERVICES]
_DEBIAN = ("python3-minimal", "python3-venv", "ca-certificates")


def image_name(service: str, version: str) -> str:
    """Return the name under which a service's image is built here; a release pushes it under its registry's name."""
    return f"localhost/ombud/{service}:{version}"


def build_wheels(into: Path, python: str) -> None:
    """Build our wheels, which are for every Python, and fetch all others that a service needs, at the versions of
    constraints.txt, for this one (`3.13`).

    Others are named by our files and not by our names: an index may have a stranger under one of them. Conditions of what they
    need are read by the Python that runs this; what a newer one alone needs would be missing, and the image would not be built.
    """
    shutil.rmtree(into, ignore_errors=True)
    packages = [str(ROOT / "contracts"), *(str(path.parent) for path in sorted(ROOT.glob("services/*/pyproject.toml")))]
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(into), *packages], check=True)
    ours = [str(wheel) for wheel in sorted(into.glob("*.whl"))]
    fetch = [*pip, "download", "--only-binary=:all:", "--python-version", python, "--dest", str(into)]
    subprocess.run([*fetch, "--constraint", str(ROOT / "constraints.txt"), *ours, SBOM_TOOL], check=True)


def base_image(using: Engine) -> str:
    """Return the base: the one that OMBUD_BASE_IMAGE names, else one made of Debian's packages, once per machine."""
    named = os.environ.get("OMBUD_BASE_IMAGE")
    if named:
        return named
    wanted = os.environ.get("OMBUD_IMAGE_PYTHON", PYTHON)
    if wanted not in _RELEASES:
        sys.exit(
            f"images: OMBUD_IMAGE_PYTHON is one of {', '.join(_RELEASES)}; for others name a base in OMBUD_BASE_IMAGE"
        )
    base = f"localhost/ombud-base:{_RELEASES[wanted]}"
    if not _exists(using, base):
        print(f"Making {base} of Debian's packages (once, about a minute)", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            _make_base(using, base, _RELEASES[wanted], Path(folder))
    return base


def python_of(using: Engine, base: str) -> str:
    """Ask a base for the version of its Python, as `3.13`. Raises CalledProcessError if it has none."""
    look = "import sys; print('%d.%d' % sys.version_info[:2])"
    return using.ask("run", "--rm", "--entrypoint=python3", base, "-c", look).strip()


def _exists(using: Engine, image: str) -> bool:
    try:
        using.ask("image", "inspect", image)
    except subprocess.CalledProcessError:
        return False
    return True


def _make_base(using: Engine, base: str, release: str, folder: Path) -> None:
    rootfs = folder / "rootfs"
    include = f"--include={','.join(_DEBIAN)}"
    subprocess.run(["debootstrap", "--variant=minbase", include, release, str(rootfs)], check=True)
    for leaving in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale"):
        shutil.rmtree(rootfs / leaving, ignore_errors=True)
    subprocess.run(["tar", "-C", str(rootfs), "--exclude=./dev", "-cf", str(folder / "rootfs.tar"), "."], check=True)
    shutil.rmtree(rootfs)
    (folder / "Dockerfile").write_text("FROM scratch\nADD rootfs.tar /\n")
    using.build_image(base, folder / "Dockerfile", folder, {})


def build_images(services: Sequence[str], version: str) -> list[str]:
    """Build the images and return their names. Raises `NoEngine` or CalledProcessError."""
    using = engine()
    base = base_image(using)
    python = python_of(using, base)
    wheels = ROOT / "build" / "wheels"
    print(f"Wheels for Python {python} in {wheels.relative_to(ROOT)}", flush=True)
    build_wheels(wheels, python)
    told = {"BASE": base, "VERSION": version, "REVISION": _revision()}
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
