"""Disputes with their offers and outcomes. Others take a step in one through `course`."""
