"""Moderation: the queue of messages that wait for a check, and what moderators decide about them."""
