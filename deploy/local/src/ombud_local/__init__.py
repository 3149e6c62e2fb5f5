"""Ombud on one machine, for development and tests. Never a production dependency: production brings its own clusters."""
