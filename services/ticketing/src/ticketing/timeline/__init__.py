"""The timeline of a case: what happened over all services, and who may see it."""
