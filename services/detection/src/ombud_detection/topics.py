"""What a sentence is about, by the stems of `rules/topics.toml`: enough to see that an answer has nothing to do with its question."""

from .reading import Reading


def topics_of(reading: Reading) -> frozenset[str]:
    """Return the ids of the topics named in a text."""
    return frozenset(hit.value for hit in reading.hits("topic"))
