"""Takeovers: the decision that the platform owns a contact; a module for each way in which it comes about or ends."""
