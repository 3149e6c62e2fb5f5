"""Why Kafka cannot be reached, for whoever must act: the client's own errors say only that it was not.

What will not change by waiting (wrong credentials, an authority that does not know the broker) is told from an outage.
"""

import ssl
from dataclasses import dataclass

from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from chassis.kafka_access import KafkaAccess, TokenRefused

_WITHIN_MS = 10_000


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a broker was not reached."""

    said: str
    for_good: bool
    """True when this process must be configured otherwise."""


async def unreachable(kafka: KafkaAccess) -> Reason | None:
    """Return why no bootstrap server lets us in; None when one does."""
    reason: Reason | None = None
    for server in kafka.addresses:
        reason = await _tried(kafka, server)
        if reason is None:
            return None
    return reason


async def _tried(kafka: KafkaAccess, server: str) -> Reason | None:
    host, _, port = server.rpartition(":")
    options = {name: value for name, value in kafka.client().items() if name != "bootstrap_servers"}
    try:
        connection = await create_conn(host.strip("[]"), int(port), request_timeout_ms=_WITHIN_MS, **options)
    except ssl.SSLError as error:
        return Reason(f"Kafka at {server}: TLS failed ({_without_place(error)}): look at OMBUD_KAFKA_CA_FILE", True)
    except (SaslAuthenticationFailed, AuthenticationFailedError):
        return Reason(f"Kafka at {server} does not know this user, or the password is wrong", True)
    except UnsupportedSaslMechanismError:
        return Reason(f"Kafka at {server} does not take {kafka.mechanism}: look at OMBUD_KAFKA_SASL_MECHANISM", True)
    except TokenRefused as error:
        return Reason(str(error), False)
    except (OSError, KafkaError, TimeoutError, ValueError) as error:
        return Reason(f"Kafka at {server} cannot be reached ({type(error).__name__})", False)
    connection.close()
    return None


def _without_place(error: ssl.SSLError) -> str:
    """OpenSSL's words without the line of its source."""
    verified = getattr(error, "verify_message", "")
    return verified or error.reason or type(error).__name__
