"""Services as containers: read-only, without any capability, as a numeric user, with secrets in files as a cluster mounts them."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from ombud_release.engine import Engine
from ombud_release.images import image_name

HARDENED = ("--network=host", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp:rw")
_SECRETS = "/etc/ombud/secrets"
_VERSION = "dev"


def configured(engine: Engine, service: str) -> dict[str, Any]:
    """Return what an image says about its user, entry point, variables and labels."""
    [inspected] = json.loads(engine.ask("image", "inspect", image_name(service, _VERSION)))
    config: dict[str, Any] = inspected["Config"]
    return config


def run_python(engine: Engine, service: str, program: str) -> str:
    """Run a few lines of Python inside a service's image, as hardened as the service; return what they print."""
    image = image_name(service, _VERSION)
    return engine.ask("run", "--rm", *HARDENED, "--entrypoint=python", image, "-c", program)


@dataclass(slots=True)
class Containers:
    """Runs services as containers in the place of processes."""

    engine: Engine
    folder: Path
    """Where the secrets are that containers mount."""
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self._keep("cursor-key", "a key of containers that sign cursors of pages")
        self._keep("sealing-keys", Fernet.generate_key().decode())

    def program(self, service: str, environment: Mapping[str, str]) -> Sequence[str]:
        """Return the command that runs a service in a container of its own."""
        told = {name: value for name, value in environment.items() if name != "OMBUD_MONGO"}
        self._keep("mongo", environment["OMBUD_MONGO"])
        told |= {"OMBUD_ENV": "production"}
        told |= {f"OMBUD_{n}_FILE": f"{_SECRETS}/{f}" for n, f in (("MONGO", "mongo"), ("CURSOR_KEY", "cursor-key"))}
        if service in ("messaging", "disputes"):
            told["OMBUD_SEALING_KEYS_FILE"] = f"{_SECRETS}/sealing-keys"
        mounts = [f"--volume={self.folder}:{_SECRETS}:ro"]
        if "OMBUD_MARKETS" in told:
            mounts.append(f"--volume={told['OMBUD_MARKETS']}:/etc/ombud/markets:ro")
            told["OMBUD_MARKETS"] = "/etc/ombud/markets"
        name = f"ombud-{service}-{uuid.uuid4().hex[:8]}"
        self.names.append(name)
        variables = [option for key, value in told.items() for option in ("--env", f"{key}={value}")]
        return self.engine.command(
            "run", "--rm", f"--name={name}", *HARDENED, *mounts, *variables, image_name(service, _VERSION)
        )

    def remove_all(self) -> None:
        """Leave no container behind."""
        present = set(self.engine.ask("ps", "--all", "--format", "{{.Names}}").split())
        for name in present.intersection(self.names):
            self.engine.ask("rm", "--force", name)

    def _keep(self, file: str, content: str) -> None:
        path = self.folder / file
        path.write_text(content)
        path.chmod(0o444)
