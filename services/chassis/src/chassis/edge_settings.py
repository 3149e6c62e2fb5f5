"""How the public port meets the world, from the environment: which pages may ask, through which proxies, and how fast."""

import ipaddress
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from chassis.limits import Rate
from chassis.oidc_settings import listed


class EdgeSettings(BaseSettings):
    """Everything is closed unless a setting opens it."""

    model_config = SettingsConfigDict(env_prefix="OMBUD_", extra="ignore", use_attribute_docstrings=True)

    docs: bool = True
    """Whether the admin port shows the API's description."""
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins whose pages may ask from a browser, `https://desk.example,https://shop.example`."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses or networks of proxies that are believed about whom they ask for (`X-Forwarded-For`, `-Proto`)."""
    rate_per_person: Rate | Literal["off"] = Rate(3_000, 60)
    """How fast one party may ask one process, as JSON; or `off`."""
    rate_per_address: Rate | Literal["off"] = "off"
    """How fast one address may ask one process. Behind a proxy that is not trusted everybody has the proxy's address."""

    _lists = field_validator("cors_origins", "trusted_proxies", mode="before")(listed)

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(_is_origin, given)):
            raise ValueError(
                "an origin is https://host or https://host:port and nothing more; there is no origin for all"
            )
        return given

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        try:
            for one in given:
                ipaddress.ip_network(one)
        except ValueError:
            raise ValueError("a proxy is named by its address or network, 10.0.0.0/8") from None
        return given


def _is_origin(text: str) -> bool:
    """Tell whether a browser could send this as `Origin` (RFC 6454, 6.2)."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    written = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}" + (f":{port}" if port is not None else "")
    return parts.scheme in ("http", "https") and host not in ("", "*") and "*" not in host and written == text
