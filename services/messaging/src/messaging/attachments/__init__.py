"""Attachments: received, checked, sealed, kept until they are sent, and handed to those who may see their message."""
