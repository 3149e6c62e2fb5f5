"""Configuration from the environment (`OMBUD_…`), typed, with every error at once; whatever could lose data is refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from chassis.edge_settings import EdgeSettings
from chassis.failpoints import NAMES
from chassis.kafka_settings import KafkaSettings
from chassis.limits import Limited, Rate
from chassis.oidc_settings import OidcSettings, listed
from chassis.roles import EVERYWHERE, Role, roles_of
from ombud_contracts.market import Market, load_markets


class Settings(KafkaSettings, OidcSettings, EdgeSettings):
    """What every service needs to run."""

    ROLES: ClassVar[tuple[Role, ...]] = EVERYWHERE
    """What processes of this service can do."""

    roles: Annotated[tuple[Role, ...], NoDecode] = EVERYWHERE
    """What this process does, `api,consume`: each role can be a deployment of its own, scaled on its own."""
    env: Literal["local", "test", "production"] = "production"
    """Where this runs; failpoints exist only outside production."""
    mongo: SecretStr
    """MongoDB URI of a replica set."""
    mongo_driver: Literal["motor", "pymongo"] = "motor"
    """Which driver the store uses; both pass the same suite."""
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65535)
    admin_host: str = "127.0.0.1"
    admin_port: int = Field(default=8081, ge=0, le=65535)
    """Where metrics, probes and the API's description are; never to be reached by the public."""
    markets: Path | None = None
    """Folder with further market files beside the packaged ones."""
    cell_markets: Annotated[tuple[str, ...], NoDecode] = ()
    """The markets of this deployment, `lv,es`, the same for every service; none named: all that there are. An order of another
    market is not taken."""
    cursor_key: SecretStr = SecretStr("")
    """Signs page cursors; the same on every replica. Required in production."""
    outbox_max_age_seconds: float = Field(default=900.0, gt=0)
    """When events wait longer than this for Kafka, new commands are refused with 503 until it recovers."""
    waiting_patience_seconds: float = Field(default=86_400.0, gt=0)
    """How long a record may wait for what it needs before it is parked."""
    failpoint: str = ""
    consumer_session_seconds: float = Field(default=15.0, ge=3, le=60)
    """After so long without a heartbeat a replica counts as dead, and its partitions go to others."""
    consumer_stalled_seconds: float = Field(default=60.0, ge=5)
    """Records that waited for so long in a partition that does not move make the replica not ready. So does a consumer
    that for so long cannot learn what waits, although the broker answers others."""
    consume_batch_records: int = Field(default=500, ge=1, le=5000)
    consume_lanes: int = Field(default=4, ge=1, le=32)
    """Transactions in flight per batch; records of one key share a lane."""
    attempts: int = Field(default=5, ge=1, le=20)
    """How often a record is tried before it is parked."""
    shutdown_within_seconds: float = Field(default=20.0, gt=0)
    """Shorter than the pod's grace period (45 s), longer than one batch."""
    limits: dict[Limited, tuple[Rate, ...]] = Field(default_factory=dict)
    """Limits per person that replace those of `chassis.limits`, by name, as JSON."""
    live_connections: int = Field(default=2_000, ge=1, le=50_000)
    """Streams of live updates that one replica serves."""
    live_connections_per_person: int = Field(default=10, ge=1, le=1_000)
    """Per replica; a browser tab needs one or two."""
    live_stream_seconds: float = Field(default=900.0, ge=0.1)
    """How long a stream lasts before the client opens it anew, on whichever replica answers then."""
    max_body_bytes: int = Field(default=1_048_576, ge=1024)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    consumer_skips_lost_records: bool = False
    """Let a group that stops when unread records are gone go on without them; set for one start, after looking."""
    consumer_auto_offset_reset: Literal["earliest", "latest"] = "earliest"
    consumer_auto_commit: bool = False
    producer_acks: Literal["all", "1", "0"] = "all"

    _named = field_validator("cell_markets", mode="before")(listed)

    @field_validator("roles", mode="before")
    @classmethod
    def _roles_that_exist(cls, given: str | tuple[str, ...]) -> tuple[Role, ...]:
        return roles_of(given, cls.ROLES)

    @model_validator(mode="after")
    def _refuse_what_could_lose_data(self) -> Self:
        problems = [*self._unsafe_kafka(), *self._unsafe_mongo(), *self._unsafe_failpoint(), *self._unsigned_cursors()]
        if self.http_port == self.admin_port != 0:
            problems.append("admin_port is http_port: metrics would be public; choose another")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def known_markets(self) -> Mapping[str, Market]:
        """Return the markets of this deployment by id. Raises InvalidMarkets with every error."""
        return load_markets(self.markets, self.cell_markets)

    @model_validator(mode="after")
    def _limit_something(self) -> Self:
        if any(not rates for rates in self.limits.values()):
            raise ValueError('a limit needs at least one rate, such as {"times": 20, "within_seconds": 3600}')
        return self

    def _unsafe_kafka(self) -> list[str]:
        problems = []
        if self.consumer_auto_offset_reset == "latest":
            problems.append("consumer_auto_offset_reset=latest skips events sent before the first start: use earliest")
        if self.consumer_auto_commit:
            problems.append("consumer_auto_commit commits events before they took effect: leave it off")
        if self.producer_acks != "all":
            problems.append(f"producer_acks={self.producer_acks} loses events at a broker failure: use all")
        return problems

    def _unsafe_mongo(self) -> list[str]:
        options = {k.lower(): v[-1].lower() for k, v in parse_qs(urlsplit(self.mongo.get_secret_value()).query).items()}
        problems = []
        if options.get("w", "majority") != "majority":
            problems.append("the MongoDB URI lowers w below majority: acknowledged writes could be rolled back")
        if options.get("journal", options.get("j", "true")) != "true":
            problems.append("the MongoDB URI turns the journal off: acknowledged writes could be lost")
        if options.get("retrywrites", "true") != "true":
            problems.append("the MongoDB URI turns retryWrites off: a step-down would surface as an error")
        return problems

    def _unsafe_failpoint(self) -> list[str]:
        if not self.failpoint:
            return []
        if self.env == "production":
            return ["failpoint is set in production: unset OMBUD_FAILPOINT"]
        unknown = [p for p in self.failpoint.split(",") if p.partition("=")[0] not in NAMES]
        return [f"failpoint names something unknown; known are {', '.join(sorted(NAMES))}"] if unknown else []

    def _unsigned_cursors(self) -> list[str]:
        if self.env == "production" and len(self.cursor_key.get_secret_value()) < 32:
            return ["cursor_key needs at least 32 characters in production"]
        return []
