"""Conduct: complaints about how a seller behaved, what is found about them, and what findings lead to."""
