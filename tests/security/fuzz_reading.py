"""Fuzzes the reader of records with atheris, guided by coverage: `make fuzz` (200,000 runs; `FUZZ=1000000` for more).

Whatever headers and value a record has, in binary and in structured mode, reading gives an event, an unknown type or
`MalformedEvent`. Anything else ends the run with the input that caused it.
"""

import json
import sys
from importlib import resources

import atheris

with atheris.instrument_imports():
    from ombud_contracts import REGISTRY, MalformedEvent, from_record, to_headers

STRUCTURED = [("content-type", b"application/cloudevents+json")]
EXAMPLES = [
    json.loads(path.read_text())
    for path in sorted(resources.files("ombud_contracts").joinpath("examples").iterdir(), key=lambda p: p.name)
]
TOPICS = [None, *sorted({event.topic for event in REGISTRY.values()})]


def read(value: bytes | None, headers: list[tuple[str, bytes | None]], topic: str | None) -> None:
    try:
        from_record(value, headers, topic)
    except MalformedEvent:
        return


def one(data: bytes) -> None:
    """Bend one good event as the bytes say."""
    given = atheris.FuzzedDataProvider(data)
    example = EXAMPLES[given.ConsumeIntInRange(0, len(EXAMPLES) - 1)]
    topic = TOPICS[given.ConsumeIntInRange(0, len(TOPICS) - 1)]
    if given.ConsumeBool():
        text = json.dumps(example).encode()
        at = given.ConsumeIntInRange(0, len(text))
        cut = given.ConsumeIntInRange(0, 8)
        read(text[:at] + given.ConsumeBytes(40) + text[at + cut :], STRUCTURED, topic)
        return
    received = from_record(json.dumps(example).encode(), STRUCTURED)
    assert received.event is not None
    headers = dict(to_headers(received.event, received.metadata))
    names = [*headers, "x-other"]
    for _ in range(given.ConsumeIntInRange(1, 3)):
        name = names[given.ConsumeIntInRange(0, len(names) - 1)]
        headers[name] = given.ConsumeBytes(60) if given.ConsumeBool() else None
    value = received.event.to_bytes() if given.ConsumeBool() else given.ConsumeBytes(200)
    read(value, list(headers.items()), topic)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
