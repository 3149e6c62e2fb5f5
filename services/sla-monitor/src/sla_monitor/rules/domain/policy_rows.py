"""What the rows of the default policies share: a row is plain data, times are seconds of its mode."""

Row = dict[str, object]

HOUR = 3600
DAY = 86_400
"""A working day is 86400 seconds of `working_days`."""
WINDOW_REMINDERS = [7, 1]
"""Days before a right would be lost (R-38)."""
CASE_GATE: Row = {"closed_by": ["case_closed"], "opened_by": ["case_reopened"]}
"""Nothing is owed in a closed case."""
