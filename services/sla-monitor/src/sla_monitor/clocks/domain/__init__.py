"""A clock: its facts, its rounds, and what follows from them: pure."""
