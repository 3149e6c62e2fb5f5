"""Buyers as claimants: whether what decisions found about earlier claims limits how they open the next."""
