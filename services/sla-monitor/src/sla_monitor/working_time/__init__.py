"""Working time: calendars with their open hours and holidays, and when a target is reached by them."""
