"""The one base of what rulebooks refuse."""


class RulebookRefused(Exception):
    """A request against the rules of proposing, trying and publishing."""
