"""Data protection: people and texts are erased, and originals are read only on record."""
