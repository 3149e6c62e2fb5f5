"""Intake: what is still missing before a contact can be opened, asked in order. It stores nothing (R-26)."""
