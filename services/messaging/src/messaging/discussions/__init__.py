"""Discussions: the replies that a seller owes, and how far each person has read (R-06)."""
