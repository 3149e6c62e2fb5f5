"""What a release of Ombud consists of, and the tools that check it. No service imports this package."""
