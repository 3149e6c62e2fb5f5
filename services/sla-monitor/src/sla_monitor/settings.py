"""The monitor's own settings."""

from typing import Literal

from pydantic import Field

from chassis.settings import Settings

Role = Literal["serve", "consume", "fire", "dry-run"]


class SlaSettings(Settings):
    """What the monitor needs beside the common settings."""

    sla_roles: tuple[Role, ...] = ("serve", "consume", "fire", "dry-run")
    """What this process does: each role can be a deployment of its own, scaled on its own."""
    policy_notice_seconds: float = Field(default=60.0, gt=0)
    """How long before a version is in force it is published. A replica that has not looked for new rules for half of it
    decides nothing until it has."""
