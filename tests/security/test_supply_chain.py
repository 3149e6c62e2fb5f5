"""What comes from outside is pinned, and no secret is in the repository (S20)."""

import re
import subprocess
from math import log2
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}"),
    "a cloud access key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a platform token": re.compile(
        r"\b(gh[pousr]_[A-Za-z0-9]{36}|xox[abpr]-[A-Za-z0-9-]{20,}|sk_live_[A-Za-z0-9]{20,})"
    ),
    "a password in an address": re.compile(r"\b(mongodb(\+srv)?|https?|amqp)://[^/\s:@\"']+:[^/\s:@\"'{$]{6,}@"),
}
ASSIGNED = re.compile(r"""(?i)(secret|password|passwd|api_?key|token)["']?\s*[:=]\s*["']([A-Za-z0-9+/=_-]{24,})["']""")
_RANDOM_BITS = 4.2
"""Bits per character: words and ids of tests have fewer, keys of machines more."""


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name]


def entropy(text: str) -> float:
    """Return the bits per character of a text."""
    shares = [text.count(c) / len(text) for c in set(text)]
    return -sum(share * log2(share) for share in shares)


def secrets_in(text: str) -> list[str]:
    found = [kind for kind, pattern in SECRETS.items() if pattern.search(text)]
    random = [match for match in ASSIGNED.finditer(text) if entropy(match[2]) > _RANDOM_BITS]
    return found + ["a random value called a secret"] * bool(random)


def test_no_secret_is_in_a_tracked_file() -> None:
    found = {}
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        if path != Path(__file__).resolve() and (kinds := secrets_in(text)):
            found[str(path.relative_to(ROOT))] = kinds
    assert found == {}


PLANTED = [
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAx1234567890abcdef",
    "key = AKIAIOSFODNN7EXAMPLE",
    'url = "mongodb://admin:hunter2hunter@db/"',
    'api_key = "aGk3Zk9wQ2xYbTJ1VnRqN0Rk5sT1q8Zw"',
]


@pytest.mark.parametrize("text", PLANTED)
def test_a_planted_secret_is_found(text: str) -> None:
    assert secrets_in(text)


def test_every_dependency_has_one_exact_version() -> None:
    lines = [line.split(";")[0].strip() for line in (ROOT / "constraints.txt").read_text().splitlines()]
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+-]+", pin)] == []
    names = {pin.partition("==")[0].lower().replace("_", "-") for pin in pins}
    wanted = [
        line.partition("#")[0].partition(";")[0].strip()
        for line in (ROOT / "requirements.txt").read_text().splitlines()
    ]
    tools = {re.split(r"[\[<>=!~ ]", line)[0].lower() for line in wanted if line and not line.startswith("-e")}
    assert tools - names == set(), "a tool without a pinned version"
