"""What the platform charges in each market, as texts for people."""
