"""What disputes does not start with."""

import pytest

from disputes.settings import DisputesSettings

ADDRESSES = {"kafka": "k:1", "mongo": "mongodb://m/", "oidc_issuer": "https://i", "cursor_key": "k" * 32}


def test_evidence_is_sealed_in_production() -> None:
    """INVARIANT: would break if a deployment without keys kept evidence that anybody with the database can read."""
    with pytest.raises(ValueError, match="sealing_keys is missing"):
        DisputesSettings.model_validate(ADDRESSES | {"env": "production"})
    assert (
        DisputesSettings.model_validate(ADDRESSES | {"env": "production", "sealing_keys": "a" * 44}).env == "production"
    )
    assert DisputesSettings.model_validate(ADDRESSES | {"env": "test"}).sealing_keys.get_secret_value() == ""
