"""Who owes what by when, over many clocks; and how punctually a seller answered."""
