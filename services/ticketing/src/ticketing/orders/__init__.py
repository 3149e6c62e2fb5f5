"""What ticketing knows of order lines, and of listings that buyers ask about before buying."""
