"""Conversations between buyers and sellers, and what keeps them on the platform (R-02 to R-06)."""
