"""The SLA monitor: which reply or action is owed, by whom and by when, and whether it came in time."""
