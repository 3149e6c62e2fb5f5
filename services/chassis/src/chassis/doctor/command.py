"""`ombud-doctor`: checks a deployment from outside and says what to do; it changes nothing.

It looks at Kafka (reachable, topics, rights, certificates, what each group has not read), at MongoDB (members, clock, indexes),
at what each service keeps there (events that wait, dead letters), and at the admin ports that are named. The exit code is the
worst verdict: 0 all is fine, 1 a warning, 2 a fault, or a setting that was refused.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
from aiokafka.errors import KafkaError
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from chassis.doctor import databases, events, processes
from chassis.doctor.findings import Finding, Verdict, fault, fine
from chassis.documents import SERVICES, service_named
from chassis.kafka_reach import unreachable
from chassis.kafka_settings import settings_of
from chassis.mongo import Mongo
from chassis.mongo_access import UnusableDatabase, refusals_said
from chassis.store import Unavailable
from chassis.topics import planned, rights_of
from chassis.topics_command import TopicSettings
from ombud_contracts import groups


class DoctorSettings(TopicSettings):
    """Where a deployment is, as its services are told."""

    mongo: SecretStr
    """MongoDB URI of a replica set."""


async def examine(settings: DoctorSettings, admins: Sequence[str], watched_seconds: float) -> list[Finding]:
    """Look at everything; what cannot be reached is a finding, and the rest is looked at all the same."""
    async with httpx.AsyncClient() as http:
        found = [await processes.of_process(http, admin) for admin in admins]
    return [*found, *await _kafka(settings, watched_seconds), *await _mongo(settings)]


async def _kafka(settings: DoctorSettings, watched_seconds: float) -> list[Finding]:
    kafka = settings.kafka_access
    if reason := await unreachable(kafka):
        return [fault("kafka", reason.said, "nothing else of Kafka was looked at")]
    found = [fine("kafka", "a bootstrap server answers"), *await processes.of_certificates(kafka)]
    try:
        todo = await planned(kafka, settings.cluster, rights_of(settings.cluster, settings.kafka_principal))
        found += events.of_plan(todo)
        looks = []
        for rest in (watched_seconds, 0.0):
            looks.append(await events.unread(settings, groups.ALL, time.time()))
            await asyncio.sleep(rest)
        found += events.of_unread(*looks)
    except (KafkaError, OSError) as error:
        found.append(fault("kafka", f"{type(error).__name__} on the way", "may this user describe topics and groups?"))
    return found


async def _mongo(settings: DoctorSettings) -> list[Finding]:
    found: list[Finding] = []
    for service in SERVICES:
        async with _database(settings, service) as mongo:
            try:
                with refusals_said(settings.database(service)):
                    if not found:
                        found += await databases.of_server(mongo, datetime.now(UTC))
                    found += await databases.of_service(mongo, service)
                    found += await databases.of_indexes(mongo, service_named(service))
            except Unavailable as error:
                return [*found, fault("database", f"MongoDB does not answer ({error})", "look at OMBUD_MONGO")]
            except UnusableDatabase as error:
                found.append(fault("database", str(error), f"nothing else of {service}'s database was looked at"))
            except ModuleNotFoundError:
                continue  # its package is not installed here, so its indexes are not known
    return found


@asynccontextmanager
async def _database(settings: DoctorSettings, service: str) -> AsyncIterator[Mongo]:
    mongo = Mongo(settings.mongo.get_secret_value(), settings.database(service))
    try:
        yield mongo
    finally:
        await mongo.close()


def show(console: Console, found: Sequence[Finding]) -> None:
    """Print what was found, the worst first."""
    table = Table("verdict", "about", "found", "do next", show_edge=False)
    for one in sorted(found, key=lambda f: -f.verdict):
        table.add_row(one.verdict.name.lower(), one.about, one.said, one.todo)
    console.print(table)


def main(given: Sequence[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="ombud-doctor", description=__doc__)
    parser.add_argument("--admin", action="append", default=[], metavar="URL", help="the admin port of a process")
    parser.add_argument(
        "--watch", type=float, default=5.0, metavar="SECONDS", help="between the two looks at what waits"
    )
    arguments = parser.parse_args(given)
    settings = settings_of("ombud-doctor", DoctorSettings)
    found = asyncio.run(examine(settings, arguments.admin, arguments.watch))
    show(Console(width=180), found)
    sys.exit(max((one.verdict for one in found), default=Verdict.FINE))


if __name__ == "__main__":
    main()
