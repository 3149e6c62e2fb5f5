"""Calendars, and the arithmetic of counted time: pure."""
