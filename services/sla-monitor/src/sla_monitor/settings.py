"""The monitor's own settings."""

from typing import Annotated, ClassVar

from pydantic import Field
from pydantic_settings import NoDecode

from chassis.roles import Role
from chassis.settings import Settings


class SlaSettings(Settings):
    """What the monitor needs beside the common settings."""

    ROLES: ClassVar[tuple[Role, ...]] = tuple(Role)

    roles: Annotated[tuple[Role, ...], NoDecode] = tuple(Role)
    """What this process does, `api,fire`: each role can be a deployment of its own, scaled on its own."""
    policy_notice_seconds: float = Field(default=60.0, gt=0)
    """How long before a version is in force it is published. A replica that has not looked for new rules for half of it
    decides nothing until it has."""
