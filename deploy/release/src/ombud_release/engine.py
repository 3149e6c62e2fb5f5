"""What builds and runs containers: Docker if its engine answers, else buildah and podman, which need no engine.

Without an engine `crun` asks for more than a sandbox grants; `runc` with bounded limits does not.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ombud_local.kafka_native import cache_folder

_CONTAINERS_CONF = """\
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]

[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
"""


class NoEngine(RuntimeError):
    """Neither Docker nor buildah with podman is there; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Engine:
    """How images are built and containers are run here."""

    build: tuple[str, ...]
    """Program and options that build an image; a context follows."""
    client: tuple[str, ...]
    """Program and options before `run`, `stop` and `inspect`."""
    environment: Mapping[str, str]

    def build_image(self, name: str, dockerfile: Path, context: Path, arguments: Mapping[str, str]) -> None:
        """Build and tag an image. Raises CalledProcessError, with what the build printed on standard error."""
        given = [option for key, value in arguments.items() for option in ("--build-arg", f"{key}={value}")]
        command = [*self.build, "--file", str(dockerfile), "--tag", name, *given, str(context)]
        subprocess.run(command, env=self._told, check=True)

    def ask(self, *arguments: str) -> str:
        """Run a command of the client; return what it printed. Raises CalledProcessError."""
        done = subprocess.run([*self.client, *arguments], env=self._told, check=True, capture_output=True, text=True)
        return done.stdout

    def command(self, *arguments: str) -> list[str]:
        """Return the client's command with its variables, for a process that stays."""
        return ["env", *(f"{name}={value}" for name, value in self.environment.items()), *self.client, *arguments]

    @property
    def _told(self) -> dict[str, str]:
        return {**os.environ, **self.environment}


def engine() -> Engine:
    """Return what this machine has. Raises `NoEngine`."""
    if shutil.which("docker") and _answers("docker", "version"):
        return Engine(("docker", "build"), ("docker",), {})
    if shutil.which("buildah") and shutil.which("podman"):
        config = cache_folder() / "containers.conf"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(_CONTAINERS_CONF)
        build = ("buildah", "bud", "--isolation", "chroot", "--pull-never", "--format", "docker", "--layers")
        return Engine(build, ("podman",), {"CONTAINERS_CONF": str(config)})
    raise NoEngine(
        "Neither Docker answers nor are buildah, podman and runc installed: install the packages of that name"
    )


def _answers(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
