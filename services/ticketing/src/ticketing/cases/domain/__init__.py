"""Deciding about cases, and nothing else: what the other nouns of ticketing may use of it."""

from ticketing.cases.domain.approach import Approach
from ticketing.cases.domain.commands import (
    HandContactBack,
    LinkCase,
    MergeCase,
    TakeContactOver,
    TellParties,
    UndoTakeover,
)
from ticketing.cases.domain.joining import expect_duplicates, expect_linkable
from ticketing.cases.domain.links import Link, LinkKind
from ticketing.cases.domain.refusals import (
    CaseNotOpen,
    Refusal,
    StillUnfinished,
    UnknownCase,
    UnknownListing,
    UnknownOrderLine,
)
from ticketing.cases.domain.state import Case, Notice, Status, refuse_closed, refuse_with_platform

__all__ = [
    "Approach",
    "Case",
    "CaseNotOpen",
    "HandContactBack",
    "Link",
    "LinkCase",
    "LinkKind",
    "MergeCase",
    "Notice",
    "Refusal",
    "Status",
    "StillUnfinished",
    "TakeContactOver",
    "TellParties",
    "UndoTakeover",
    "UnknownCase",
    "UnknownListing",
    "UnknownOrderLine",
    "expect_duplicates",
    "expect_linkable",
    "refuse_closed",
    "refuse_with_platform",
]
