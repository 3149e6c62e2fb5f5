"""Reading: conversations and messages as each reader may see them."""
