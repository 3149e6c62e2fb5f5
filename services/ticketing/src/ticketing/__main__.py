"""`python -m ticketing` runs the service."""

from chassis.service import run
from ticketing.app import SERVICE

run(SERVICE)
