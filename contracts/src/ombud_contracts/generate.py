"""Writes what is published about events and reasons: JSON Schemas, golden examples, docs/events.md and docs/reasons.md
(`python -m ombud_contracts.generate`).

`--check` writes nothing and exits with 1, naming what differs. Neither overwrites a golden example, and a schema is
only overwritten when it still accepts what it accepted.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ombud_contracts import REGISTRY, Event
from ombud_contracts.compatibility import Change, changes
from ombud_contracts.golden import NoExampleValue, golden_example
from ombud_contracts.reasons_reference import reasons_reference
from ombud_contracts.reference import events_reference
from ombud_contracts.schema import Schema, published_schema

PACKAGE = Path(__file__).parent
REPOSITORY = PACKAGE.parents[2]
SCHEMAS, EXAMPLES, REFERENCE, REASONS = "schemas", "examples", "docs/events.md", "docs/reasons.md"


def file_name(event: type[Event], version: int | None = None) -> str:
    """Return the name of an event's schema and example, such as `ticketing.case_opened.v1.json`."""
    return f"{event.type}.v{version or event.version}.json"


def as_text(document: object) -> str:
    """Return JSON as it is committed."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def violations(events: Sequence[type[Event]], schemas: Path) -> list[str]:
    """Return one line for each way in which the classes break the compatibility rule against the committed schemas."""
    return [line for event in events for line in _violations(event, schemas)]


def _violations(event: type[Event], schemas: Path) -> Iterator[str]:
    new = published_schema(event)
    for version in range(1, event.version + 1):
        path = schemas / file_name(event, version)
        if not path.exists():
            if version < event.version:
                yield f"{event.type}: the schema of version {version} is gone; versions stay"
            continue
        old: Schema = json.loads(path.read_text())
        found = changes(old, new)
        yield from (f"{event.type} v{version}: {c}; make a new event type" for c in found if c.breaks)
        if version == event.version:
            yield from (_new_version(event, c) for c in found if not c.breaks)
    if later := [p for p in schemas.glob(f"{event.type}.v*.json") if _version(p) > event.version]:
        yield f"{event.type}: {later[0].name} is newer than the class"


def _new_version(event: type[Event], change: Change) -> str:
    return f"{event.type} v{event.version}: {change}; set its version to {event.version + 1}"


def _version(path: Path) -> int:
    return int(path.name.removesuffix(".json").rpartition(".v")[2])


def forgotten(events: Sequence[type[Event]], schemas: Path) -> list[str]:
    """Return one line for each committed schema whose event type is gone: a type that was published stays."""
    known = {event.type for event in events}
    types = {p.name.rpartition(".v")[0] for p in schemas.glob("*.json")}
    return [f"{type}: the event type is gone; types stay" for type in sorted(types - known)]


def documents(root: Path, events: Sequence[type[Event]], package: Path) -> dict[Path, str]:
    """Return every generated file with the text it shall have. A committed golden example is left as it is."""
    wanted = {root / REFERENCE: events_reference(events), root / REASONS: reasons_reference()}
    for event in events:
        wanted[package / SCHEMAS / file_name(event)] = as_text(published_schema(event))
        example = package / EXAMPLES / file_name(event)
        if not example.exists():
            wanted[example] = as_text(golden_example(event))
    return wanted


def differing(wanted: dict[Path, str]) -> list[Path]:
    """Return the files that are not as they shall be."""
    return [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]


def write(path: Path, text: str) -> None:
    """Write a file, and its folder if missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def run(wanted: dict[Path, str], check: bool, root: Path, again: str, say: Callable[[str], object] = print) -> int:
    """Write what differs, or with `check` only name it; `again` is the command that writes. Return the exit code."""
    stale = differing(wanted)
    for path in stale:
        say(f"{'differs' if check else 'wrote'}: {path.relative_to(root)}")
        if not check:
            write(path, wanted[path])
    if check and stale:
        say(f"run: {again}")
    return 1 if check and stale else 0


def main(given: Sequence[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m ombud_contracts.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when something differs")
    arguments = parser.parse_args(given)
    if not (REPOSITORY / "contracts").is_dir():
        sys.exit("run this in a checkout: installed, the package has nowhere to write")
    events = [REGISTRY[type] for type in sorted(REGISTRY)]
    broken = violations(events, PACKAGE / SCHEMAS) + forgotten(events, PACKAGE / SCHEMAS)
    if broken:
        sys.exit("\n".join(broken))
    try:
        wanted = documents(REPOSITORY, events, PACKAGE)
    except NoExampleValue as missing:
        sys.exit(str(missing))
    sys.exit(run(wanted, arguments.check, REPOSITORY, "make docs"))


if __name__ == "__main__":
    main()
