"""What the streams of a process share, and what a reader is told next: which messages changed, by reference."""

import asyncio
from functools import partial

from chassis.clock import Clock
from chassis.event_stream import Update
from chassis.live import Followed, Lists
from chassis.store import Reader, Store, Writes
from chassis.watch import Watch, Watched
from messaging.attachments.settings import MessagingSettings
from messaging.conversations.store import CONVERSATIONS_COLLECTION, MESSAGES
from messaging.discussions.store import OWED
from messaging.live.store import (
    MOST_CHANGES,
    Standing,
    changed_messages,
    held_queue,
    owed_list,
    standings,
)
from ombud_words import CaseId

_LOOK_EVERY_SECONDS = 1.0
"""How late another replica's change is seen; a change of this process rings."""


class Live:
    """What all streams of a process share."""

    def __init__(self, store: Store, settings: MessagingSettings, now: Clock) -> None:
        self.store = store
        self.conversations: Watch[CaseId, Standing] = Watch(
            "conversation", partial(standings, store), _LOOK_EVERY_SECONDS
        )
        self.lists = Lists(
            store,
            now,
            settings,
            {"discussions": Followed(owed_list, [OWED]), "held": Followed(held_queue, [MESSAGES])},
        )

    async def run(self, stopping: asyncio.Event) -> None:
        """Look for what changed until told to stop."""
        await asyncio.gather(self.conversations.run(stopping), self.lists.run(stopping))

    def ring(self, writes: Writes) -> None:
        """Hear of a commit of this process."""
        for collection, id in writes.saved:
            if collection == CONVERSATIONS_COLLECTION:
                self.conversations.ring(CaseId(id.removeprefix("cnv_")))
        self.lists.ring(writes)


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
