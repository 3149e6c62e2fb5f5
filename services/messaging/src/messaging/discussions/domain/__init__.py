"""What is decided about check-ins and read marks."""
