"""Balanced entries that are only ever added to, and the watch over their sum."""
