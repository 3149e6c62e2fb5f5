"""Conversations: the thread of each case, who may write in it, and what became of each message."""
