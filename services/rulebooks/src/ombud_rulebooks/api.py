"""What routes about rules do, the same in every service: a service reads what is proposed, and shows it.

A candidate's routes are `/policies`, `/policy-candidates`, and under a candidate `/dry-runs` and `/publication`.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from chassis.aggregate import Unit
from chassis.auth import Action, Actor, authorize_market, readable_markets
from chassis.http import Runtime, read_cursor, write_cursor
from chassis.ids import new_id
from chassis.store import Document, Reader
from ombud_rulebooks.domain import Book, Candidate, DryRun, Publish, Window, revision_of, within_years
from ombud_rulebooks.domain.candidate import OrderDryRun, ProposeCandidate, PublishCandidate
from ombud_rulebooks.store import Rulebook
from ombud_words import CandidateId

B = TypeVar("B", bound=Book[Any])
C = TypeVar("C", bound=Candidate)


@dataclass(frozen=True, slots=True)
class Proposal:
    """The part of a candidate or a dry run that is the same in every service."""

    id: str
    by: str
    at: datetime
    revision: int


Propose = Callable[[B, Proposal], C]
"""Reads what was sent, and returns it as a candidate beside the market's book. Raises a refusal that names the field."""
Order = Callable[[C, B, Window, Proposal], DryRun]
"""Returns the run of a candidate over a window. Raises a refusal when the window cannot be judged."""
Find = Callable[[str, str | None, int], Awaitable[list[Document]]]
"""Returns a page of what a run found: the run's id, the last row's id, and how many rows."""


class Desk(Generic[B, C]):
    """Lists, proposes, tries and publishes. `notice` is how long before it is in force a version is published."""

    def __init__(self, rulebook: Rulebook[Any, B, C], markets: Collection[str], notice: timedelta) -> None:
        self._rulebook = rulebook
        self._markets = markets
        self._notice = notice

    async def versions(self, store: Reader, actor: Actor, market: str | None, most: int) -> list[Document]:
        """Return what was published in the reader's markets, or in the one that was asked for."""
        readable = readable_markets(actor, Action.READ_POLICIES, market, self._markets)
        return await self._rulebook.versions_of(store, readable, most)

    async def candidates(
        self, runtime: Runtime, store: Reader, actor: Actor, market: str | None, cursor: str | None, limit: int
    ) -> tuple[list[C], str | None]:
        """Return a page of what was proposed, the newest first, and the next page's cursor."""
        readable = readable_markets(actor, Action.READ_POLICIES, market, self._markets)
        bound_to = f"candidates|{market}|{actor.id}"
        return await self._rulebook.page(runtime, store, readable, cursor, bound_to, limit)

    async def candidate(self, unit: Unit, actor: Actor, id: str) -> C:
        """Return a candidate that the reader may see. Raises NotVisible, Forbidden."""
        return await self._rulebook.visible(unit, id, actor, Action.READ_POLICIES, self._markets)

    async def findings(
        self, runtime: Runtime, actor: Actor, candidate: C, find: Find, cursor: str | None, limit: int
    ) -> tuple[Sequence[Document], str | None]:
        """Return a page of what a candidate's run found, in the order of ids, and the next page's cursor."""
        run_id = candidate.run.id if candidate.run else ""
        bound_to = f"findings|{run_id}|{actor.id}"
        at = read_cursor(runtime, cursor, bound_to)
        found = await find(run_id, str(at[0]) if at else None, limit + 1)
        if len(found) <= limit:
            return found, None
        return found[:limit], write_cursor(runtime, [found[limit - 1]["_id"]], bound_to)

    async def propose(self, unit: Unit, actor: Actor, market: str, propose: Propose[B, C]) -> C:
        """Keep what is proposed; it changes nothing yet. Raises NotVisible, Forbidden."""
        authorize_market(actor, Action.PROPOSE_POLICIES, market, self._markets)
        book = await self._rulebook.book_of(unit, market)
        candidate = propose(book, Proposal(new_id("cnd"), actor.id, unit.now, revision_of(book)))
        command = ProposeCandidate(candidate, candidate.proposed_at)
        return await unit.execute(self._rulebook.candidates, candidate.id, command)

    async def order_dry_run(
        self, unit: Unit, actor: Actor, candidate_id: CandidateId, span: tuple[datetime, datetime], order: Order[C, B]
    ) -> C:
        """Have a candidate tried over a stretch of what happened. An earlier run of it no longer counts.

        Raises NotVisible, Forbidden.
        """
        visible = self._rulebook.visible
        candidate = await visible(unit, candidate_id, actor, Action.PROPOSE_POLICIES, self._markets)
        book = await self._rulebook.book_of(unit, candidate.market)
        window = Window(within_years(span[0]), within_years(span[1]))
        run = order(candidate, book, window, Proposal(new_id("dry"), actor.id, unit.now, revision_of(book)))
        return await unit.execute(self._rulebook.candidates, candidate_id, OrderDryRun(run, run.ordered_at))

    async def publish(self, unit: Unit, actor: Actor, candidate_id: CandidateId) -> C:
        """Publish a candidate after its dry run; of two publications at once one is refused.

        Raises NotVisible, Forbidden.
        """
        await self._rulebook.visible(unit, candidate_id, actor, Action.PUBLISH_POLICIES, self._markets)
        command = PublishCandidate(actor.id, unit.now, self._notice)
        state = await unit.execute(self._rulebook.candidates, candidate_id, command)
        await unit.execute(self._rulebook.books, state.market, _publication(state, actor.id, unit.now))
        return state


def _publication(candidate: Candidate, by: str, at: datetime) -> Publish[Any]:
    assert candidate.run is not None, "a candidate without a run is refused"
    return Publish(
        candidate.market,
        candidate.as_version(),
        candidate.content,
        by,
        at,
        candidate.run.revision,
        CandidateId(candidate.id),
    )
