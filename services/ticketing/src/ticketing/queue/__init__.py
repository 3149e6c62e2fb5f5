"""The queue of cases: a row for each, by which lists of cases are filtered, ordered and counted."""
