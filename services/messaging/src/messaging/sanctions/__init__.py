"""Sanctions: what a person's breaches of the rules have led to, in one role and market."""
