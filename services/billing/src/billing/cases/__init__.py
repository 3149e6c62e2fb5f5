"""What billing knows of a case: whose it is, and whether it is closed."""
