"""What messaging decides: pure, no clock, no store, no network."""
