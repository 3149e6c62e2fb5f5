"""What people read about money: a seller's month, and all money of a case."""
