"""Plays the whole story: four markets at once, as a marketplace lives."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping

import httpx

from ombud_local.story import (
    answers,
    appeal,
    conduct,
    counterfeit,
    finding,
    guarantee,
    locked,
    recall,
    returned,
    silence,
    undone,
)
from ombud_local.story.marketplace import Marketplace
from ombud_local.story.truth import Record
from ombud_local.story.world import TokenOf, World
from ombud_words import PersonId, SellerId

SELLERS = (
    ("sel_riga", "demo-lv", ("lv", "ru")),
    ("sel_liepaja", "demo-lv", ("lv",)),
    ("sel_ventspils", "demo-lv", ("lv",)),
    ("sel_jelgava", "demo-lv", ("lv",)),
    ("sel_cesis", "demo-lv", ("lv",)),
    ("sel_sigulda", "demo-lv", ("lv",)),
    ("sel_kuldiga", "demo-lv", ("lv",)),
    ("sel_tukums", "demo-lv", ("lv",)),
    ("sel_lisboa", "demo-pt", ("pt",)),
    ("sel_berlin", "demo-de", ("de",)),
    ("sel_madrid", "demo-es", ("es",)),
    ("sel_toledo", "demo-es", ("es",)),
)


STORIES: Mapping[str, tuple[Callable[[World], Coroutine[None, None, None]], ...]] = {
    "main": (silence.play, answers.play_in_time, answers.play_late, answers.play_agreement),
    "undone": (undone.play,),
    "locked": (locked.play,),
    "recall": (recall.play,),
    "appeal": (appeal.play,),
    "conduct": (conduct.play,),
    "return": (returned.play,),
    "counterfeit": (counterfeit.play,),
    "guarantee": (guarantee.play,),
    "finding": (finding.play,),
}
"""What can be played by itself."""


async def play(
    urls: Mapping[str, str],
    token: TokenOf,
    marketplace: Marketplace,
    record: Record,
    world_ready: "asyncio.Future[World] | None" = None,
    story: str = "",
) -> World:
    """Play every story at once, or one; return the world at the end. Raises Untrue at the first claim that does not hold."""
    async with httpx.AsyncClient(timeout=30) as client:
        world = World(urls, token, marketplace, record, client, alone=bool(story))
        if world_ready is not None:
            world_ready.set_result(world)
        for seller_id, market, languages in SELLERS:
            await marketplace.register_seller(SellerId(PersonId(seller_id)), market, languages)
        async with asyncio.TaskGroup() as chapters:
            for name, parts in STORIES.items():
                for part in parts if story in ("", name) else ():
                    chapters.create_task(part(world))
        return world
