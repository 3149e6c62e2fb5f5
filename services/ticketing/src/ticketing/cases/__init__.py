"""Cases: what a buyer contacts a seller about, from opening to closing, and how urgent it is."""
