"""A token issuer for one machine: discovery, keys, and tokens for whoever asks. Anyone may be anyone here, so it binds to
loopback only and belongs to no deployment."""

import argparse
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self, get_args

import jwt
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI
from jwt.algorithms import ECAlgorithm
from pydantic import BaseModel, ConfigDict, Field

Role = Literal["buyer", "seller", "agent", "mediator", "supervisor", "administrator", "system"]
ROLES: tuple[Role, ...] = get_args(Role)
AUDIENCE = "ombud"
ALGORITHM = "ES256"
_VALID_SECONDS = 8 * 3600  # a working day, so that a person's shell keeps working


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private P-256 key and the id under which its public half is published."""

    private: ec.EllipticCurvePrivateKey
    key_id: str

    @classmethod
    def generate(cls) -> Self:
        return cls(ec.generate_private_key(ec.SECP256R1()), uuid.uuid4().hex)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads what `save` wrote. Raises OSError or ValueError."""
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{path.name} holds another kind of key")
        return cls(private, path.stem)

    def save(self, folder: Path) -> Path:
        """Writes `<key id>.pem`, readable by its owner only."""
        path = folder / f"{self.key_id}.pem"
        path.touch(mode=0o600)
        path.write_bytes(
            self.private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return path

    def public_set(self) -> dict[str, list[dict[str, object]]]:
        """The JSON Web Key Set (RFC 7517) with the public half."""
        key = ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": self.key_id, "use": "sig", "alg": ALGORITHM}]}


def mint(
    key: SigningKey,
    *,
    issuer: str,
    role: Role,
    subject: str,
    markets: Sequence[str] = (),
    issued_at: datetime | None = None,
    valid_seconds: int = _VALID_SECONDS,
) -> str:
    """An access token (RFC 9068 header type). `markets` restricts a member of staff; empty means no such claim."""
    issued = int((issued_at or datetime.now(UTC)).timestamp())
    claims: dict[str, object] = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": subject,
        "iat": issued,
        "exp": issued + valid_seconds,
        "jti": uuid.uuid4().hex,
        "role": role,
    }
    if markets:
        claims["markets"] = list(markets)
    return jwt.encode(claims, key.private, ALGORITHM, headers={"kid": key.key_id, "typ": "at+jwt"})


class TokenRequest(BaseModel):
    """Who to be. Nothing is proved: this issuer serves development."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    subject: str = Field(min_length=1, max_length=128)
    markets: list[str] = Field(default_factory=list, max_length=64)


class TokenAnswer(BaseModel):
    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = Field(description="seconds")


def issuer_app(key: SigningKey, issuer: str) -> FastAPI:
    """The three routes; `issuer` is the URL under which it is reached, and the `iss` of its tokens."""
    app = FastAPI(title="Ombud development token issuer", docs_url=None, redoc_url=None)

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, object]:
        return {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/jwks",
            "token_endpoint": f"{issuer}/token",
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
        }

    @app.get("/jwks")
    async def keys() -> dict[str, list[dict[str, object]]]:
        return key.public_set()

    @app.post("/token")
    async def token(wanted: TokenRequest) -> TokenAnswer:
        minted = mint(key, issuer=issuer, role=wanted.role, subject=wanted.subject, markets=wanted.markets)
        return TokenAnswer(access_token=minted, expires_in=_VALID_SECONDS)

    return app


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ombud_local.issuer", description=__doc__)
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    chosen = parser.parse_args()
    app = issuer_app(SigningKey.load(chosen.key), f"http://127.0.0.1:{chosen.port}")
    uvicorn.run(app, host="127.0.0.1", port=chosen.port, log_level="warning")


if __name__ == "__main__":
    main()
