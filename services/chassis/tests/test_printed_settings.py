"""What `--print-config` shows: every setting with its source, and no secret."""

from pathlib import Path

import pytest

from chassis.printed_settings import rows_of
from chassis.settings import Settings

SECRET = "hunter2-and-more"
GIVEN = {
    "OMBUD_KAFKA": "broker:9092",
    "OMBUD_MONGO": f"mongodb://ombud:{SECRET}@db/?replicaSet=rs0",
    "OMBUD_OIDC_ISSUER": "https://issuer.invalid",
    "OMBUD_ENV": "local",
}


def test_every_setting_is_shown_with_where_it_comes_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Would break if a secret were shown, or a setting left out."""
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "key").write_text(f"{SECRET}\n")
    monkeypatch.setenv("OMBUD_CURSOR_KEY_FILE", str(tmp_path / "key"))
    settings = Settings()
    shown = {name: (value, source) for name, value, source in rows_of(settings)}
    assert settings.cursor_key.get_secret_value() == SECRET
    assert shown.keys() == {f"OMBUD_{name.upper()}" for name in Settings.model_fields}
    assert shown["OMBUD_KAFKA"] == ("broker:9092", "environment")
    assert shown["OMBUD_HTTP_PORT"] == ("8080", "default")
    assert shown["OMBUD_MONGO"] == ("(set, not shown)", "environment")
    assert shown["OMBUD_CURSOR_KEY"] == (
        "(set, not shown)",
        f"file {tmp_path / 'key'} (OMBUD_CURSOR_KEY_FILE)",
    )
    assert shown["OMBUD_KAFKA_PASSWORD"] == ("(not set)", "default")
    assert SECRET not in str(shown)
