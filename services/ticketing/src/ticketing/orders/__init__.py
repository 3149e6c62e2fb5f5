"""What ticketing knows of order lines."""
