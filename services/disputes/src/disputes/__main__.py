"""`python -m disputes` runs the service."""

from chassis.service import run
from disputes.app import SERVICE

run(SERVICE)
