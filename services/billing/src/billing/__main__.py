"""`python -m billing` runs the service."""

from billing.app import SERVICE
from chassis.service import run

run(SERVICE)
