"""What disputes does not start with."""

import pytest
from cryptography.fernet import Fernet

from disputes.settings import DisputesSettings

ADDRESSES = {"kafka": "k:1", "mongo": "mongodb://m/", "oidc_issuer": "https://i", "cursor_key": "k" * 32}


def test_evidence_is_sealed_in_production() -> None:
    """INVARIANT: would break if a deployment without keys kept evidence that anybody with the database can read."""
    key = Fernet.generate_key().decode()
    for none in ({}, {"sealing_keys": ""}, {"sealing_keys": " , "}):
        with pytest.raises(ValueError, match="sealing_keys is missing"):
            DisputesSettings.model_validate(ADDRESSES | {"env": "production"} | none)
    known = DisputesSettings.model_validate(ADDRESSES | {"env": "production", "sealing_keys": f"{key},"})
    assert known.env == "production"
    assert DisputesSettings.model_validate(ADDRESSES | {"env": "test"}).sealing_keys.get_secret_value() == ""


@pytest.mark.parametrize("key", ["abc+/def", "a" * 44, "ä"])
def test_a_sealing_key_that_is_none_is_named_by_its_place_and_not_quoted(key: str) -> None:
    """INVARIANT: would break if a service ended with a traceback for it, or its error quoted a key."""
    with pytest.raises(ValueError, match="sealing_keys: number 2 is not 32 bytes") as said:
        DisputesSettings.model_validate(ADDRESSES | {"sealing_keys": f"{Fernet.generate_key().decode()}, {key}"})
    assert key not in str(said.value.errors(include_input=False))
