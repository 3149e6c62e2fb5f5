"""What a chart must know of each service: its settings, what it consumes, and which of its roles run apart."""

from dataclasses import dataclass

from chassis.settings import Settings
from disputes.settings import DisputesSettings
from messaging.attachments.settings import MessagingSettings
from ombud_contracts import groups
from sla_monitor.settings import SlaSettings
from ticketing.desk.settings import TicketingSettings

VERSION = "1.0.0"
"""Of the packages, the images and the charts: they are released together."""


@dataclass(frozen=True, slots=True)
class Component:
    """A Deployment of a service: what it is called, and the roles that its processes take."""

    name: str
    roles: tuple[str, ...]


_API = Component("api", ("api", "relay"))
_CONSUME = Component("consume", ("consume", "relay", "jobs"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedService:
    """A service as a chart sees it."""

    name: str
    about: str
    settings: type[Settings]
    group: groups.Group
    components: tuple[Component, ...] = (_API, _CONSUME)
    required_secrets: tuple[str, ...] = ("mongo", "cursor_key")
    temporary_disk: str = "256Mi"

    @property
    def module(self) -> str:
        """The Python module that runs as a process."""
        return self.name.replace("-", "_")


SERVICES: tuple[DeployedService, ...] = (
    DeployedService(
        name="ticketing",
        about="Ombud ticketing: cases, their timeline, and takeovers",
        settings=TicketingSettings,
        group=groups.TICKETING_CASEWORK,
    ),
    DeployedService(
        name="messaging",
        about="Ombud messaging: sealed conversations that keep to the market's policy",
        settings=MessagingSettings,
        group=groups.MESSAGING_CONVERSATIONS,
        required_secrets=("mongo", "cursor_key", "sealing_keys"),
        temporary_disk="1Gi",
    ),
    DeployedService(
        name="disputes",
        about="Ombud disputes: negotiation, evidence, mediation and remedies",
        settings=DisputesSettings,
        group=groups.DISPUTES_MEDIATION,
        required_secrets=("mongo", "cursor_key", "sealing_keys"),
    ),
    DeployedService(
        name="sla-monitor",
        about="Ombud SLA monitor: who owes what by when, with warnings and breaches",
        settings=SlaSettings,
        group=groups.SLA_CLOCKS,
        components=(
            Component("api", ("api", "relay", "jobs")),
            Component("consume", ("consume", "relay")),
            Component("fire", ("fire", "relay")),
        ),
    ),
    DeployedService(
        name="billing",
        about="Ombud billing: charges, a double-entry ledger, refunds and statements",
        settings=Settings,
        group=groups.BILLING_CHARGES,
    ),
)
