"""What of a case is unfinished elsewhere: disputes and returns that are live, refunds that are on their way."""
