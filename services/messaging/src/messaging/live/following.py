"""What the streams of a process share, and what a reader is told next: which messages changed, by reference."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from chassis.store import Reader, Writes
from messaging.conversations.store import CONVERSATIONS_COLLECTION
from messaging.discussions.store import OWED, ListOf
from messaging.live.event_stream import Update
from messaging.live.store import MOST_CHANGES, OwedList, Standing, changed_messages, owed_list, standings
from messaging.live.watch import Seats, Watch, Watched
from messaging.settings import MessagingSettings
from ombud_words import CaseId

_LOOK_EVERY_SECONDS = 1.0
"""How late another replica's change is seen; a change of this process rings."""
_LISTS_EVERY_SECONDS = 2.0


class Live:
    """What all streams of a process share."""

    def __init__(self, store: Reader, settings: MessagingSettings) -> None:
        self.store = store
        self.seats = Seats(settings.live_connections, settings.live_connections_per_person)
        self.lasts_seconds = settings.live_stream_seconds
        self.conversations: Watch[CaseId, Standing] = Watch(
            "conversation", partial(standings, store), _LOOK_EVERY_SECONDS
        )
        self.lists: Watch[ListOf, OwedList] = Watch("discussions", self._lists, _LISTS_EVERY_SECONDS)

    async def _lists(self, keys: Sequence[ListOf]) -> Mapping[ListOf, OwedList]:
        return {key: await owed_list(self.store, key) for key in keys}

    async def run(self, stopping: asyncio.Event) -> None:
        """Look for what changed until told to stop."""
        await asyncio.gather(self.conversations.run(stopping), self.lists.run(stopping))

    def ring(self, writes: Writes) -> None:
        """Hear of a commit of this process."""
        for collection, id in writes.saved:
            if collection == CONVERSATIONS_COLLECTION:
                self.conversations.ring(CaseId(id.removeprefix("cnv_")))
        if any(collection == OWED for collection, _ in writes.upserted):
            self.lists.ring()


async def next_changes(
    store: Reader, watched: Watched[Standing], reader: str, standing: Standing, position: str
) -> Update | None:
    """Return what changed for a reader after a place, or None when nothing did."""
    after = int(position)
    if after >= standing.changes:
        return None
    # One reading for all connections of this reader that are at the same place.
    read = partial(_read_changes, store, standing, reader, after)
    return await watched.shared((reader, after, standing.changes), read)


async def _read_changes(store: Reader, standing: Standing, reader: str, after: int) -> Update:
    found = await changed_messages(store, standing.case_id, reader, after, standing.changes)
    until = found[-1]["change"] if len(found) == MOST_CHANGES else standing.changes
    messages = [{"message_id": m["_id"], "position": m["position"], "status": m["status"]} for m in found]
    moved = after < standing.standing_change <= until
    told = {"change": until, "messages": messages, "conversation": moved} if messages or moved else None
    return Update(str(until), "changes", told)


async def next_list(seen: OwedList, position: str) -> Update | None:
    """Return that a list is not as it was last told, or None when it is."""
    if seen.mark == position:
        return None
    return Update(seen.mark, "discussions", {"owed": seen.owed, "next_due_by": seen.next_due_by})
