"""Lists what the images of the five services contain of others, and under which licence: read from what is installed."""

import argparse
import sys
from collections.abc import Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path
from types import MappingProxyType

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ombud_contracts.generate import REPOSITORY, run
from ombud_release.images import PYTHON
from ombud_release.services import SERVICES

DOCUMENT = Path(__file__).parents[4] / "THIRD_PARTY_LICENCES.md"
_IMAGE: Mapping[str, str] = MappingProxyType(
    {
        "python_version": PYTHON,
        "python_full_version": f"{PYTHON}.9",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "os_name": "posix",
    }
)
"""For which environment dependencies are followed: that of the images, wherever the list is written."""

_SPELLED: Mapping[str, str] = MappingProxyType(
    {
        "Apache Software License": "Apache-2.0",
        "Apache License, Version 2.0": "Apache-2.0",
        "Apache 2": "Apache-2.0",
        "Apache 2.0": "Apache-2.0",
        "3-Clause BSD License": "BSD-3-Clause",
        "BSD License": "BSD-3-Clause",
        "MIT License": "MIT",
        "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
        "BSD-3-Clause and Public-Domain": "BSD-3-Clause AND LicenseRef-Public-Domain",
    }
)
"""SPDX for what older packages say in words."""

_HEAD = """\
# Licences of third parties

Written by `make docs` from what is installed. The images of the five services contain these packages beside Ombud, which is under the Apache License 2.0 ([LICENSE](LICENSE)); each brings its own licence text in the folder
of its metadata. The interpreter and the system below it come with the base image that you choose.

What development alone needs is not shipped, above all the server of MongoDB (SSPL), Apache Kafka and a Java runtime.

| package | version | licence |
|---|---|---|
"""


class UnknownLicence(Exception):
    """A package does not say its licence in a way that is understood; look, and add the spelling."""


def shipped() -> list[Distribution]:
    """Return what the services need to run, themselves included, by name. Raises PackageNotFoundError if it is not installed."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(f"ombud-{service.name}", frozenset[str]()) for service in SERVICES]
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) not in seen:
            seen.add((name, extras))
            found[name] = distribution(name)
            waiting += _needs(found[name], extras)
    return [found[name] for name in sorted(found)]


def _needs(package: Distribution, extras: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    requirements = [Requirement(line) for line in package.requires or []]
    return [
        (str(canonicalize_name(r.name)), frozenset(r.extras))
        for r in requirements
        if r.marker is None or any(r.marker.evaluate({**_IMAGE, "extra": extra}) for extra in ("", *extras))
    ]


def licence_of(package: Distribution) -> str:
    """Return a package's licence as SPDX. Raises `UnknownLicence`."""
    metadata = package.metadata
    if expressions := metadata.get_all("License-Expression"):
        return str(expressions[0])
    classified = [c.rpartition(" :: ")[2] for c in metadata.get_all("Classifier") or [] if c.startswith("License ::")]
    said = classified or [str(text).strip().partition("\n")[0] for text in metadata.get_all("License") or []]
    spelled = [_SPELLED.get(word, word) for word in said]
    if not spelled or any(" " in word and word not in _SPELLED.values() for word in spelled):
        raise UnknownLicence(f"{metadata['Name']}: {said}")
    return " OR ".join(spelled)


def document() -> str:
    """Return the list as a document."""
    others = [p for p in shipped() if not p.metadata["Name"].startswith("ombud-")]
    return _HEAD + "".join(f"| {p.metadata['Name']} | {p.version} | {licence_of(p)} |\n" for p in others)


def main() -> None:
    """Write the document."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    sys.exit(run({DOCUMENT: document()}, False, REPOSITORY, "make docs"))


if __name__ == "__main__":
    main()
