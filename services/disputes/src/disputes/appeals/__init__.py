"""Appeals of decisions over HTTP; what they are, the dispute itself decides."""
