"""What billing knows of an order line: what was paid for it, and what has been charged and refunded under its cap."""
