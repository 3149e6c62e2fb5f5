"""What other services' events mean for the nouns of disputes."""
