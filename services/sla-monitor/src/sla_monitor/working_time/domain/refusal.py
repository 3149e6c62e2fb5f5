"""The one base class of everything this domain refuses; it knows nothing of HTTP."""

from collections.abc import Mapping


class SlaRefused(Exception):
    """A rule of working time, policies or clocks was broken; the message names the rule and the value that mattered."""

    facts: Mapping[str, object] | None = None
    """What a program needs to know of the refusal, such as the field that is wrong."""
