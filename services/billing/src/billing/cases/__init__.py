"""What billing knows of a case: whether it is closed."""
