"""Announces what is due, at the instant, on the shards that a replica holds."""
