"""A candidate from its proposal to its publication, and the book of what was published: pure."""

from ombud_rulebooks.domain.book import (
    Book,
    EffectiveDatesOverlap,
    Publish,
    RulesHaveChanged,
    Version,
    VersionPublished,
    in_force,
    revision_of,
)
from ombud_rulebooks.domain.candidate import Candidate, DryRun, WindowRefused
from ombud_rulebooks.domain.refusal import RulebookRefused
from ombud_rulebooks.domain.window import InstantOutOfRange, Window, within_years

__all__ = [
    "Book",
    "Candidate",
    "DryRun",
    "EffectiveDatesOverlap",
    "InstantOutOfRange",
    "Publish",
    "RulebookRefused",
    "RulesHaveChanged",
    "Version",
    "VersionPublished",
    "Window",
    "WindowRefused",
    "in_force",
    "revision_of",
    "within_years",
]
