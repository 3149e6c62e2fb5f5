"""Stories over several nouns: what follows from a decision, and from its reversal."""
