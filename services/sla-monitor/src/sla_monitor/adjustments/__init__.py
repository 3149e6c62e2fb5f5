"""Facts that every clock of a market is told: a migration, a corrected calendar, a credit for an outage."""
