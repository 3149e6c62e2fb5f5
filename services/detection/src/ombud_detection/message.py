"""A message of a conversation as the detectors see it. Who wrote it is a key; nothing is known of the person."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """One message: who wrote it (any stable key), its text, and the names of files sent with it."""

    sender: str
    text: str
    file_names: tuple[str, ...] = ()
