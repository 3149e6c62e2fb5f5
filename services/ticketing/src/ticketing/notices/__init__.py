"""Notices: what the parties are told of what was decided, in the reader's language."""
