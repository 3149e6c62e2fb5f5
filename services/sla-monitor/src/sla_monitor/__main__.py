"""`python -m sla_monitor` runs the service."""

from chassis.service import run
from sla_monitor.app import SERVICE

run(SERVICE)
