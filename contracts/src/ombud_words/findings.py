"""What a dispute's decision can find about a side beside what it decides about the goods (R-45; casework, section 7)."""

from collections.abc import Mapping
from enum import StrEnum

from ombud_words.reasons import Reason
from ombud_words.roles import Role


class FindingKind(StrEnum):
    """What a decision finds about one side. A decision without one finds nothing, however it ends."""

    CLAIM_KNOWINGLY_UNFOUNDED = "CLAIM_KNOWINGLY_UNFOUNDED"
    """The buyer's claim was unfounded, and the buyer knew it. That a claim is refused does not say so."""
    DESCRIPTION_FALSE = "DESCRIPTION_FALSE"
    """The seller described the goods falsely."""


FOUND_AGAINST: Mapping[FindingKind, Role] = {
    FindingKind.CLAIM_KNOWINGLY_UNFOUNDED: Role.BUYER,
    FindingKind.DESCRIPTION_FALSE: Role.SELLER,
}
"""The side about which each is found."""

CLAIMS_LIMITED = "limit"
"""The step of a buyer's ladder on which a claim comes with its evidence, and one at a time."""

ABOUT_SAFETY = frozenset({Reason.UNSAFE, Reason.COUNTERFEIT})
"""Reasons that no limit touches: a report protects everybody who bought the model, and not its author alone. A counterfeit is
one of them, because nobody has tested what is sold under another's name, and its buyer cannot tell whether it is dangerous."""
