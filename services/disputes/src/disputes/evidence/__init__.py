"""Files and statements in support of a side: checked, sealed, given back, erased."""
