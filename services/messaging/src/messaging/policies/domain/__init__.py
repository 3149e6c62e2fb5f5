"""What is decided about policies."""
