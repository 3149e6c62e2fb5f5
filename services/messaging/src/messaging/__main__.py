"""`python -m messaging` runs the service."""

from chassis.service import run
from messaging.app import SERVICE

run(SERVICE)
