"""What of a case is unfinished elsewhere: disputes that are live, refunds that are on their way."""
