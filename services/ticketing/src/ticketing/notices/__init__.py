"""Notices: what both sides are told about a takeover, in the reader's language."""
