"""Whose access tokens are accepted, and what they mean, from the environment."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from chassis.claims import ClaimPath
from ombud_words import Role


def listed(given: object) -> object:
    """Return the parts of a comma list; what is not a text is left to who reads it."""
    if not isinstance(given, str):
        return given
    return tuple(part.strip() for part in given.split(",") if part.strip())


class OidcSettings(BaseSettings):
    """The issuer, and the shape of its tokens."""

    model_config = SettingsConfigDict(env_prefix="OMBUD_", extra="ignore", use_attribute_docstrings=True)

    oidc_issuer: str
    """Issuer URL whose discovery document names the signing keys, with or without a slash at its end."""
    oidc_audience: Annotated[tuple[str, ...], NoDecode] = Field(default=("ombud",), min_length=1)
    """Audiences of which a token must name one, `ombud,ombud-desk`."""
    oidc_leeway_seconds: int = Field(default=10, ge=0, le=300)
    """By how much the issuer's clock and ours may differ."""
    oidc_roles_claim: str = "role"
    """Where a token names roles: keys with dots between them (`realm_access.roles`), or a URI. A key that has dots in it
    stands in quotation marks."""
    oidc_role_names: dict[str, Role] = Field(default_factory=dict)
    """What the issuer's names of roles mean, as JSON. Of several in a token the first one here counts."""
    oidc_markets_claim: str = "markets"
    """Where a token names the markets of a member of staff."""
    oidc_market_names: dict[str, str] = Field(default_factory=dict)
    """What the issuer's names of markets mean, as JSON."""
    oidc_keys_patience_seconds: float = Field(default=3_600.0, ge=60, le=86_400)
    """How long signing keys that were read go on being used while the issuer does not answer."""
    oidc_staff_without_markets: Literal["none", "all"] = "none"
    """The markets in which a member of staff works whose token names none."""

    _audiences = field_validator("oidc_audience", mode="before")(listed)

    @field_validator("oidc_issuer")
    @classmethod
    def _a_url(cls, given: str) -> str:
        try:
            parts = urlsplit(given)
        except ValueError:
            raise ValueError("not a URL") from None
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("an issuer is an http or https URL without a query or a fragment")
        return given

    @field_validator("oidc_roles_claim", "oidc_markets_claim")
    @classmethod
    def _a_path(cls, given: str) -> str:
        ClaimPath.of(given)
        return given
