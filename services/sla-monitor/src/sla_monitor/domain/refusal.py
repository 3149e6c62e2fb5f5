"""The one base class of everything this domain refuses; it knows nothing of HTTP."""


class SlaRefused(Exception):
    """A rule of working time, policies or clocks was broken; the message names the rule and the value that mattered."""
