"""Payouts: what a run of the marketplace takes from a seller for charges, and what disputes keep back from payouts."""
