"""What billing knows of a decision that charges rest on, and whether it was taken back."""
