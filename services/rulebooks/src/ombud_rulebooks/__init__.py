"""Rules that are proposed, tried and published in versions: what every service that has such rules shares."""
