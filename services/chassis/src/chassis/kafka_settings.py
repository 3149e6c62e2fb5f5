"""What a process needs to reach Kafka, from the environment; tools that need nothing else use it alone."""

import ssl
import sys
from functools import cached_property
from pathlib import Path
from typing import Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from chassis.kafka_access import Certificates, KafkaAccess, Mechanism, Protocol, TlsContext, TokenEndpoint, Tokens
from chassis.secret_files import SecretFiles
from ombud_contracts.cluster import TAKEN, refuse_taken

SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def settings_of(program: str, kind: type[SettingsT], refused: int = 2) -> SettingsT:
    """Read settings from the environment. Exits with `refused` when one is, and says which and why, never what was given."""
    try:
        return kind()
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            name = "OMBUD_" + "_".join(map(str, problem["loc"])).upper() if problem["loc"] else "settings"
            print(f"{program}: {name}: {problem['msg']}", file=sys.stderr)
    except SettingsError as error:
        print(f"{program}: {error}", file=sys.stderr)
    sys.exit(refused)


class KafkaSettings(BaseSettings):
    """Where Kafka is, and who we are there."""

    model_config = SettingsConfigDict(env_prefix="OMBUD_", extra="ignore", use_attribute_docstrings=True)

    kafka: str = Field(min_length=1)
    """Bootstrap servers, `host:port[,host:port…]`."""
    kafka_protocol: Protocol = "PLAINTEXT"
    """What the listener speaks."""
    kafka_sasl_mechanism: Mechanism = "SCRAM-SHA-512"
    """How a `SASL_…` listener learns who we are."""
    kafka_username: str = ""
    kafka_password: SecretStr = SecretStr("")
    kafka_token_endpoint: str = ""
    """`OAUTHBEARER`: where tokens are asked for with the client's credentials."""
    kafka_client_id: str = ""
    kafka_client_secret: SecretStr = SecretStr("")
    kafka_token_scope: str = ""
    kafka_ca_file: Path | None = None
    """Authorities of the brokers' certificates, PEM; without it those that the machine trusts."""
    kafka_certificate_file: Path | None = None
    """Our own certificate, PEM, for listeners that ask for one. Files are read again when they have changed."""
    kafka_key_file: Path | None = None
    kafka_key_password: SecretStr = SecretStr("")
    namespace: str = Field(default="", pattern=r"^[a-z0-9-]*$", json_schema_extra={"not": {"enum": [*sorted(TAKEN)]}})
    """Prefix of topics, groups and databases, so that several environments can share a cluster."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings names them
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take settings from the environment, and secrets from the files that it names."""
        return init_settings, env_settings, SecretFiles(settings_cls)

    @field_validator("namespace")
    @classmethod
    def _not_taken(cls, given: str) -> str:
        refuse_taken(given)
        return given

    @model_validator(mode="after")
    def _know_who_we_are(self) -> Self:
        problems = [*self._missing_credentials(), *self._missing_certificates()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _missing_credentials(self) -> list[str]:
        if not self.kafka_protocol.startswith("SASL"):
            unused = self.kafka_username or self.kafka_password.get_secret_value()
            return ["kafka_username is set and kafka_protocol sends none: use SASL_SSL"] if unused else []
        if self.kafka_sasl_mechanism == "OAUTHBEARER":
            needed = {
                "kafka_token_endpoint": self.kafka_token_endpoint,
                "kafka_client_id": self.kafka_client_id,
                "kafka_client_secret": self.kafka_client_secret.get_secret_value(),
            }
        else:
            needed = {
                "kafka_username": self.kafka_username,
                "kafka_password": self.kafka_password.get_secret_value(),
            }
        return [f"{name} is needed for {self.kafka_sasl_mechanism}" for name, value in needed.items() if not value]

    def _missing_certificates(self) -> list[str]:
        encrypted = self.kafka_protocol in ("SSL", "SASL_SSL")
        files = [self.kafka_ca_file, self.kafka_certificate_file, self.kafka_key_file]
        if any(files) and not encrypted:
            return ["certificates are set and kafka_protocol does not use them: use SSL or SASL_SSL"]
        if (self.kafka_certificate_file is None) != (self.kafka_key_file is None):
            return ["kafka_certificate_file and kafka_key_file belong together: set both"]
        try:
            if encrypted:
                TlsContext.of(self._certificates)
        except ssl.SSLError:
            return ["the certificate, its key or the authorities of Kafka are not PEM, or do not belong together"]
        except OSError as error:
            return [f"a certificate file of Kafka cannot be read ({error.strerror})"]
        return []

    @property
    def _certificates(self) -> Certificates:
        password = self.kafka_key_password.get_secret_value()
        return Certificates(self.kafka_ca_file, self.kafka_certificate_file, self.kafka_key_file, password)

    @cached_property
    def kafka_access(self) -> KafkaAccess:
        """How this process reaches Kafka: one for all of its clients."""
        encrypted = self.kafka_protocol in ("SSL", "SASL_SSL")
        secret = self.kafka_client_secret.get_secret_value()
        endpoint = TokenEndpoint(self.kafka_token_endpoint, self.kafka_client_id, secret, self.kafka_token_scope)
        return KafkaAccess(
            servers=self.kafka,
            protocol=self.kafka_protocol,
            mechanism=self.kafka_sasl_mechanism,
            username=self.kafka_username,
            password=self.kafka_password.get_secret_value(),
            tls=TlsContext.of(self._certificates) if encrypted else None,
            tokens=Tokens(endpoint) if self.kafka_token_endpoint else None,
        )

    def prefixed(self, name: str) -> str:
        """Return a topic's or group's name inside this namespace."""
        return f"{self.namespace}.{name}" if self.namespace else name

    def database(self, service: str) -> str:
        """Return the service's database name (MongoDB allows no dots)."""
        return f"{self.namespace}-{service}" if self.namespace else service
