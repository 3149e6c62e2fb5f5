"""Returns: what a buyer sends back of an order line, from the request to the refund."""
