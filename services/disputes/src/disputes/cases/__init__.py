"""What disputes knows of cases and of order lines, as others told it; and what its own outcomes ordered of a line."""
