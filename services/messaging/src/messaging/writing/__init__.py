"""Writing: a text is checked, sealed and posted, as a draft before its case is opened, or as a message."""
