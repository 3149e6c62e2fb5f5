"""What is decided about a sanction."""
