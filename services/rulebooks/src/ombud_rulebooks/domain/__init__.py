"""A candidate from its proposal to its publication: pure."""
