"""Translations: what a message says in other languages, kept beside the original."""
