"""What is proposed, tried and published as a market's enforcement policy, and what a candidate would change: pure."""

from messaging.policies.domain.book import Book, Candidate, DryRun, Version
from messaging.policies.domain.trial import Judged, judge, summed

__all__ = ["Book", "Candidate", "DryRun", "Judged", "Version", "judge", "summed"]
