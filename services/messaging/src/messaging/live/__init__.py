"""Live updates: streams that say what changed in a conversation or in a seller's list."""
