"""Policy rows, calendars in force, and what is read of a proposal: pure."""
