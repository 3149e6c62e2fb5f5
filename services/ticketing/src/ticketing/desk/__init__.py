"""The desk: what staff does with a whole case, such as closing it, and the lists of an earlier release brought up to date."""
