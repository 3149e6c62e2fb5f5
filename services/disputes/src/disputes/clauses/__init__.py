"""The clauses of each market as texts for people."""
