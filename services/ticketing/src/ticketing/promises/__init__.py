"""Promises (R-32): what a seller or the platform says that it will do in a case, and by when."""
