"""Closing a case, which concludes its takeover."""
