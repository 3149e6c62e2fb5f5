"""Clocks: what was told of a case or an account, the rounds that follow from it, and what was announced of them."""
