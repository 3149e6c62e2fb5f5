"""The monitor's own settings."""

from typing import Literal

from chassis.settings import Settings

Role = Literal["serve", "consume", "fire"]


class SlaSettings(Settings):
    """What the monitor needs beside the common settings."""

    sla_roles: tuple[Role, ...] = ("serve", "consume", "fire")
    """What this process does: each role can be a deployment of its own, scaled on its own."""
