"""What is decided about a conversation."""
