"""The platform's own money, given to buyers by its staff within the limits of their roles (S-2)."""
