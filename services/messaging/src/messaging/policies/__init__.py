"""Policies: what becomes of what was found in a message, as rules of each market in versions."""
