"""Builds the clocks anew from the topics, when the database is lost."""
