"""Deciding, and nothing else."""
