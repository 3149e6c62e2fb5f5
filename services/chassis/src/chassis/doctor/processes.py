"""Looks at running processes by their admin ports, and at the certificates that servers show."""

import asyncio
import ssl
import time

import httpx

from chassis.doctor.findings import Finding, fault, fine, warning
from chassis.kafka_access import KafkaAccess

_WITHIN_SECONDS = 5.0
_DAY_SECONDS = 86_400
_SOON_DAYS = 30


async def of_process(http: httpx.AsyncClient, admin: str) -> Finding:
    """Judge a process by its readiness probe."""
    try:
        answer = await http.get(f"{admin.rstrip('/')}/readyz", timeout=_WITHIN_SECONDS)
        missing = answer.json()["missing"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return fault(admin, "does not answer", "is it the admin port, and may we reach it? See OmbudTargetDown")
    if missing:
        return fault(admin, f"is not ready: {', '.join(map(str, missing))}", "see OmbudNotReady in the runbook")
    return fine(admin, "is ready")


async def of_certificates(kafka: KafkaAccess) -> list[Finding]:
    """Judge for how long the certificates of the brokers are still good."""
    context = kafka.client().get("ssl_context")
    if not isinstance(context, ssl.SSLContext):
        return []
    return [await _certificate(server, context) for server in kafka.addresses]


async def _certificate(server: str, context: ssl.SSLContext) -> Finding:
    host, _, port = server.rpartition(":")
    try:
        async with asyncio.timeout(_WITHIN_SECONDS):
            _reader, writer = await asyncio.open_connection(host.strip("[]"), int(port), ssl=context)
        shown = writer.get_extra_info("peercert")
        writer.close()
    except (OSError, TimeoutError) as error:
        todo = "look at the broker's certificate and at OMBUD_KAFKA_CA_FILE"
        return fault("certificates", f"{server}: {type(error).__name__}", todo)
    days = (ssl.cert_time_to_seconds(shown["notAfter"]) - time.time()) / _DAY_SECONDS
    said = f"{server}: its certificate is good for {days:.0f} days"
    return fine("certificates", said) if days > _SOON_DAYS else warning("certificates", said, "renew it")
