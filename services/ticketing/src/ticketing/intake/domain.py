"""Which questions are open, given what somebody said so far (R-26, R-39; casework, section 2)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ombud_words import Counterpart, LineId, Reason, Remedy, Role, shows

_FIRST_BRANCHES = ("product", "shipping", "payment")
"""In this order, before all others."""
_WRITTEN = "description"
"""The kind of fact that the first message is."""


class About(StrEnum):
    """What a question asks for; the member of the request that answers it has the same name."""

    MARKET = "market"
    ORDER = "order_id"
    LISTING = "listing_id"
    LINE = "line_id"
    PATH = "path"
    REASON = "reason"
    DESIRED_OUTCOME = "desired_outcome"
    FIRST_MESSAGE = "draft_id"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A reason that can be given, and what it needs."""

    reason: Reason
    tree: tuple[str, ...]
    counterpart: Counterpart
    evidence: tuple[str, ...]
    remedies: tuple[Remedy, ...]
    before_buying: bool = False
    """It can be asked about a listing that is not bought yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody said so far. What is known of a market or an order stands here too."""

    leaves: Sequence[Leaf]
    """What this person can ask about in this market."""
    markets: Sequence[str] = ()
    """From which one is chosen; empty when it is known."""
    order_named: bool = False
    listing_named: bool = False
    lines: Sequence[LineId] = ()
    """Of the order, from which one is chosen; empty when it is known."""
    path: tuple[str, ...] = ()
    reason: Reason | None = None
    desired_outcome: Remedy | None = None
    draft_named: bool = False
    evidence: frozenset[str] = frozenset()
    """Kinds that can be shown."""

    @property
    def leaf(self) -> Leaf | None:
        """Return the reason that was given, if this person can give it."""
        return next((leaf for leaf in self.leaves if leaf.reason == self.reason), None)

    @property
    def confirmed_outcome(self) -> Remedy | None:
        """Return the outcome to confirm: the desired one, if it can be asked for."""
        offered = self.leaf.remedies if self.leaf else ()
        return self.desired_outcome if self.desired_outcome in offered else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something to ask."""

    about: About
    options: tuple[str, ...] = ()
    """What can be answered, in the order in which it is proposed; empty for what is free."""
    required: bool = True
    """Without an answer no case is opened."""
    because: str | None = None
    """Why it is asked although there was an answer."""


def questions(said: Said) -> tuple[Question, ...]:
    """Return what is still to be asked, in the order in which it is asked."""
    if said.markets:
        return (Question(about=About.MARKET, options=tuple(said.markets)), *_order(said))
    return (*_line(said), *(_of_leaf(said, said.leaf) if said.leaf else _way(said)), *_first_message(said))


def _order(said: Said) -> Iterator[Question]:
    if not said.order_named:
        leaf = said.leaf
        yield Question(about=About.ORDER, required=leaf is not None and leaf.counterpart == Counterpart.SELLER)


def _listing(said: Said) -> Iterator[Question]:
    """Whoever has bought names the order instead."""
    if not said.order_named and not said.listing_named:
        yield Question(about=About.LISTING)


def _line(said: Said) -> Iterator[Question]:
    if said.lines:
        yield Question(about=About.LINE, options=tuple(said.lines))


def _way(said: Said) -> Iterator[Question]:
    """Ask for the next step towards a leaf; a way that leads nowhere is asked for anew."""
    unknown = "reason_not_askable" if said.reason is not None else None
    depth = len(said.path)
    under = [leaf for leaf in said.leaves if leaf.tree[:depth] == said.path]
    if not under:
        depth, under, unknown = 0, list(said.leaves), "unknown_path"
    here = tuple(leaf.reason for leaf in under if len(leaf.tree) == depth)
    branches = _in_order(leaf.tree[depth] for leaf in under if len(leaf.tree) > depth)
    if here:
        yield Question(about=About.REASON, options=here, because=unknown)
    if branches:
        yield Question(about=About.PATH, options=branches, required=not here, because=unknown)


def _in_order(branches: Iterable[str]) -> tuple[str, ...]:
    known = tuple(dict.fromkeys(branches))
    return (*(b for b in _FIRST_BRANCHES if b in known), *(b for b in known if b not in _FIRST_BRANCHES))


def _of_leaf(said: Said, leaf: Leaf) -> Iterator[Question]:
    if leaf.counterpart == Counterpart.SELLER:
        yield from _listing(said) if leaf.before_buying else _order(said)
    if leaf.remedies and said.confirmed_outcome is None:
        because = "outcome_not_offered" if said.desired_outcome is not None else None
        yield Question(about=About.DESIRED_OUTCOME, options=leaf.remedies, required=False, because=because)
    shown = said.evidence | ({_WRITTEN} if said.draft_named else set())
    for needed in leaf.evidence:
        kinds = tuple(kind for kind in needed.split("|") if shows(kind, Role.BUYER))
        if kinds and shown.isdisjoint(kinds):
            yield Question(about=About.EVIDENCE, options=kinds, required=False)


def _first_message(said: Said) -> Iterator[Question]:
    if not said.draft_named:
        yield Question(about=About.FIRST_MESSAGE)
